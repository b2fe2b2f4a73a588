package dev.nameplate.hsm;

/// What a library says about itself (CK_INFO), trailing blanks removed.
///
/// @param cryptoki the version of PKCS#11 that it follows: `2.40`
/// @param version of the library: `2.6`
record ModuleInfo(String cryptoki, String manufacturer, String description, String version) {}
