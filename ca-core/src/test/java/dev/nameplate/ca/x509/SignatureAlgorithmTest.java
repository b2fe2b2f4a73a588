package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignatureAlgorithmTest {

  /// RSASSA-PSS with SHA-256, as RFC 4055 has it written: hash and MGF1 with NULL, salt of 32.
  private static final String PSS =
      "304106092a864886f70d01010a3034"
          + "a00f300d06096086480165030402010500"
          + "a11c301a06092a864886f70d010108300d06096086480165030402010500"
          + "a203020120";

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsRead(SignatureAlgorithm algorithm) {
    assertThat(SignatureAlgorithm.of(algorithm.identifier())).contains(algorithm);
  }

  @Test
  void rsassaPssSaysEverythingThatIsNoDefault() throws Exception {
    assertThat(
            HexFormat.of()
                .formatHex(SignatureAlgorithm.RSASSA_PSS_SHA256.identifier().getEncoded()))
        .isEqualTo(PSS);
  }

  @Test
  void rsassaPssWithoutNullInItsHashesIsReadToo() {
    var without =
        "303d06092a864886f70d01010a3030"
            + "a00d300b0609608648016503040201"
            + "a11a301806092a864886f70d010108300b0609608648016503040201"
            + "a203020120";

    assertThat(SignatureAlgorithm.of(identifier(without)))
        .contains(SignatureAlgorithm.RSASSA_PSS_SHA256);
  }

  @Test
  void rsassaPssWithOtherParametersIsNone() {
    var otherSalt = PSS.replace("a203020120", "a203020114");
    var otherHashForMgf1 =
        PSS.replace("0108300d0609608648016503040201", "0108300d0609608648016503040202");
    var defaultsOfSha1 = "300d06092a864886f70d01010a3000";
    var noParameters = "300b06092a864886f70d01010a";
    var trailerWritten = PSS.replace("304106", "304606").replace("0a3034", "0a3039") + "a303020101";

    for (var other :
        new String[] {otherSalt, otherHashForMgf1, defaultsOfSha1, noParameters, trailerWritten}) {
      assertThat(SignatureAlgorithm.of(identifier(other))).as(other).isEmpty();
    }
  }

  @Test
  void aKeyThatIsNotRsaMakesNoRsassaPssSignatures() {
    assertThat(SignatureAlgorithm.RSASSA_PSS_SHA256.fits(KeyType.EC_P256)).isFalse();
    assertThat(SignatureAlgorithm.RSASSA_PSS_SHA512.fits(KeyType.RSA_2048)).isTrue();
    assertThatThrownBy(() -> SignatureAlgorithm.pssOf(KeyType.ED25519))
        .hasMessage("ed25519 keys make no RSASSA-PSS signatures");
  }

  private static AlgorithmIdentifier identifier(String hex) {
    return AlgorithmIdentifier.getInstance(HexFormat.of().parseHex(hex));
  }
}
