package dev.nameplate.hsm;

/// What a slot says about itself (CK_SLOT_INFO), trailing blanks removed.
record SlotInfo(String description, String manufacturer, long flags) {}
