package dev.nameplate.ca.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.AltName;
import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which subjectAltNames a request may ask for.
@Tag("E3")
class AllowedNamesTest {

  private static final Owner PUMP = new DeviceId("Pump-17").owner();
  private static final AllowedNames ALLOWED =
      new AllowedNames(
          List.of("{id}.devices.example", "*.lab.example"),
          List.of(Network.of("10.0.0.0/8"), Network.of("2001:db8::/32")),
          List.of("urn:device:{id}", "https://Devices.example/{id}"),
          true);

  static Stream<GeneralName> allowed() {
    return Stream.of(
        new GeneralName(GeneralName.dNSName, "pump-17.devices.example"),
        new GeneralName(GeneralName.dNSName, "PUMP-17.Devices.EXAMPLE"),
        new GeneralName(GeneralName.dNSName, "anything.lab.example"),
        new GeneralName(GeneralName.iPAddress, "10.255.0.1"),
        new GeneralName(GeneralName.iPAddress, "2001:db8:1::1"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "urn:device:Pump-17"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "URN:device:Pump-17"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "https://devices.example/Pump-17"),
        hardwareModule());
  }

  @ParameterizedTest
  @MethodSource("allowed")
  void theseAreAllowed(GeneralName name) throws Exception {
    assertThat(ALLOWED.firstDenied(names(name), PUMP)).isEmpty();
  }

  static Stream<GeneralName> denied() {
    return Stream.of(
        new GeneralName(GeneralName.dNSName, "pump-18.devices.example"),
        new GeneralName(GeneralName.dNSName, "x.pump-17.devices.example"),
        new GeneralName(GeneralName.dNSName, "pump-17.devices.example.evil.example"),
        new GeneralName(GeneralName.dNSName, "devices.example"),
        new GeneralName(GeneralName.dNSName, "*.lab.example"),
        new GeneralName(GeneralName.dNSName, "a.b.lab.example"),
        new GeneralName(GeneralName.dNSName, ".lab.example"),
        new GeneralName(GeneralName.dNSName, "pump-17.devices.example."),
        new GeneralName(GeneralName.dNSName, "a b.lab.example"),
        new GeneralName(GeneralName.iPAddress, "11.0.0.1"),
        new GeneralName(GeneralName.iPAddress, "2001:db9::1"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "urn:device:pump-17"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "urn:device:Pump-17x"),
        new GeneralName(GeneralName.uniformResourceIdentifier, "https://devices.example/pump-17"),
        new GeneralName(GeneralName.rfc822Name, "pump-17@devices.example"),
        new GeneralName(new X500Name("CN=Pump-17")),
        new GeneralName(GeneralName.registeredID, "1.2.3"),
        otherName("1.3.6.1.4.1.311.20.2.3", new DERUTF8String("pump-17")));
  }

  @ParameterizedTest
  @MethodSource("denied")
  void theseAreRefused(GeneralName name) throws Exception {
    var good = new GeneralName(GeneralName.dNSName, "pump-17.devices.example");

    assertThat(ALLOWED.firstDenied(names(good, name), PUMP))
        .isEqualTo(names(name).stream().findFirst());
  }

  @Test
  void whatIsNotListedIsNotAllowed() throws Exception {
    var onlyHosts = new AllowedNames(List.of("{id}.example"), List.of(), List.of(), false);

    assertThat(onlyHosts.firstDenied(names(hardwareModule()), PUMP))
        .hasValueSatisfying(name ->
            assertThat(name).hasToString("hardwareModuleName 1.3.6.1.4.1.99999.1 736e2d37"));
    assertThat(
            onlyHosts.firstDenied(names(new GeneralName(GeneralName.iPAddress, "10.0.0.1")), PUMP))
        .hasValueSatisfying(name -> assertThat(name).hasToString("iPAddress 10.0.0.1"));
  }

  @Test
  void anIdWithDotsIsSeveralLabels() throws Exception {
    var name = new GeneralName(GeneralName.dNSName, "a.b.devices.example");

    assertThat(ALLOWED.firstDenied(names(name), new DeviceId("a.b").owner())).isEmpty();
    assertThat(ALLOWED.firstDenied(names(name), new DeviceId("a").owner())).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a..b", "{name}.example", "{id.example", "a b.example", "{id}}.example"})
  void aPatternOfHostNamesThatIsNoneIsRefused(String pattern) {
    assertThatThrownBy(() -> new AllowedNames(List.of(pattern), List.of(), List.of(), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "device", "urn:{serial}"})
  void aPatternOfUrisThatIsNoneIsRefused(String pattern) {
    assertThatThrownBy(() -> new AllowedNames(List.of(), List.of(), List.of(pattern), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPolicyThatAllowsNothingIsWrittenAsNone() {
    assertThatThrownBy(() -> new AllowedNames(List.of(), List.of(), List.of(), false))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 0a000000/8",
    "0.0.0.0/0, 00000000/0",
    "192.168.1.128/25, c0a80180/25",
    "192.168.1.1/32, c0a80101/32",
    "2001:db8::/32, 20010db8000000000000000000000000/32",
    "::/0, 00000000000000000000000000000000/0",
    "fe80::1:0/112, fe800000000000000000000000010000/112",
    "1:2:3:4:5:6:7:8/128, 00010002000300040005000600070008/128"
  })
  void aNetworkIsAnAddressAndThePrefixThatCounts(String text, String meant) {
    assertThat(Network.of(text)).hasToString(meant);
    assertThat(Network.of(text)).isEqualTo(Network.of(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "256.0.0.0/8",
        "example.com/8",
        "10.0.0/8",
        "::/129",
        "1::2::3/64",
        "1:2:3/64",
        "12345::/16",
        "10.0.0.0/-1",
        "/8",
        "::1%eth0/128"
      })
  void whatIsNoNetworkIsRefused(String text) {
    assertThatThrownBy(() -> Network.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAddressOfTheOtherFamilyIsInNoNetwork() {
    assertThat(Network.of("0.0.0.0/0").contains(new byte[16])).isFalse();
    assertThat(Network.of("::/0").contains(new byte[4])).isFalse();
  }

  private static GeneralName hardwareModule() {
    return otherName(
        AltName.HARDWARE_MODULE,
        new DERSequence(
            new org.bouncycastle.asn1.ASN1Encodable[] {
              new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"),
              new DEROctetString(HexFormat.of().parseHex("736e2d37"))
            }));
  }

  private static GeneralName otherName(String type, org.bouncycastle.asn1.ASN1Encodable value) {
    return new GeneralName(
        GeneralName.otherName,
        new DERSequence(
            new org.bouncycastle.asn1.ASN1Encodable[] {
              new ASN1ObjectIdentifier(type), new DERTaggedObject(true, 0, value)
            }));
  }

  private static List<AltName> names(GeneralName... names) throws IOException {
    return AltName.of(Der.of(new GeneralNames(names).getEncoded(ASN1Encoding.DER)));
  }
}
