package dev.nameplate.hsm;

/// The mechanisms that we use: `ECDSA` is CKM_ECDSA.
enum Ckm {
  RSA_PKCS_KEY_PAIR_GEN(0x0),
  RSA_PKCS(0x1),
  RSA_PKCS_PSS(0xd),
  ML_DSA_KEY_PAIR_GEN(0x1c),
  ML_DSA(0x1d),
  SHA256_RSA_PKCS(0x40),
  SHA384_RSA_PKCS(0x41),
  SHA512_RSA_PKCS(0x42),
  SHA256_RSA_PKCS_PSS(0x43),
  SHA384_RSA_PKCS_PSS(0x44),
  SHA512_RSA_PKCS_PSS(0x45),
  SHA256(0x250),
  SHA384(0x260),
  SHA512(0x270),
  EC_KEY_PAIR_GEN(0x1040),
  ECDSA(0x1041),
  ECDSA_SHA256(0x1044),
  ECDSA_SHA384(0x1045),
  ECDSA_SHA512(0x1046),
  EC_EDWARDS_KEY_PAIR_GEN(0x1055),
  EDDSA(0x1057);

  private final long code;

  Ckm(long code) {
    this.code = code;
  }

  long code() {
    return code;
  }

  @Override
  public String toString() {
    return "CKM_" + name();
  }
}
