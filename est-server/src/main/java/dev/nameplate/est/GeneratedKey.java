package dev.nameplate.est;

import java.util.Arrays;

/// A private key on its way out, as its answer carries it: gone as soon as it was sent.
public final class GeneratedKey implements AutoCloseable {

  /// How it is protected, besides by TLS.
  public enum Form {
    /// PrivateKeyInfo (RFC 5958), protected by TLS alone.
    PLAIN,
    /// EnvelopedData { SignedData { AsymmetricKeyPackage } } (RFC 7030 section 4.4.2).
    ENVELOPED
  }

  private final Form form;
  private final byte[] der;

  /// @param der taken over, not copied
  GeneratedKey(Form form, byte[] der) {
    this.form = form;
    this.der = der;
  }

  public Form form() {
    return form;
  }

  /// Not a copy: valid until it is closed.
  public byte[] der() {
    return der;
  }

  @Override
  public void close() {
    Arrays.fill(der, (byte) 0);
  }

  @Override
  public String toString() {
    return "GeneratedKey[" + form + "]";
  }
}
