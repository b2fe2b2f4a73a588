package dev.nameplate.cli.status;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// Bytes and a signature, which the JDK's providers check: every algorithm that they know.
final class SignedBytes {

  private final byte[] content;
  private final AlgorithmIdentifier algorithm;
  private final byte[] signature;

  SignedBytes(byte[] content, AlgorithmIdentifier algorithm, byte[] signature) {
    this.content = content.clone();
    this.algorithm = algorithm;
    this.signature = signature.clone();
  }

  /// False, too, if the key is of another kind than the algorithm, or nobody here knows it.
  boolean isSignedBy(PublicKey key) {
    try {
      var check = checker();
      check.initVerify(key);
      check.update(content);
      return check.verify(signature);
    } catch (GeneralSecurityException | IOException not) {
      return false;
    }
  }

  private Signature checker() throws GeneralSecurityException, IOException {
    if (!algorithm.getAlgorithm().equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
      return Signature.getInstance(algorithm.getAlgorithm().getId());
    }
    var parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
    parameters.init(algorithm.getParameters().toASN1Primitive().getEncoded());
    var pss = Signature.getInstance("RSASSA-PSS");
    pss.setParameter(parameters.getParameterSpec(PSSParameterSpec.class));
    return pss;
  }
}
