package dev.nameplate.ca.store;

/// What a reservation under a label with manual approval carries: the request that is queued if
/// nobody approved it, and how many may wait.
///
/// @param mostInAll how many requests may wait at once, of all labels
/// @param mostOfLabel how many of one label
public record ApprovalWish(PendingRequest request, int mostInAll, int mostOfLabel) {}
