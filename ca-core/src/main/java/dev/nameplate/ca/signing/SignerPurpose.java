package dev.nameplate.ca.signing;

/// What a service of ours signs with a key and a certificate of its own.
public enum SignerPurpose {
  /// Checkpoints of the audit log.
  AUDIT("audit"),
  /// Receipts of what was done to a device.
  RECEIPT("receipt");

  private final String word;

  SignerPurpose(String word) {
    this.word = word;
  }

  /// As it is in names: of owners and keys.
  public String word() {
    return word;
  }

  /// What the common name of its certificate begins with, before the name of the node. No device
  /// can be named so: there are blanks in it.
  public String title() {
    return word + " signer";
  }
}
