package dev.nameplate.ca.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.store.DeviceFilter.Field;
import dev.nameplate.ca.store.DeviceFilter.Moment;
import dev.nameplate.ca.store.DeviceFilter.Span;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("INV")
class DeviceWhereTest {

  @Test
  void comparisonsAreJoinedByAnd() {
    assertThat(
            DeviceWhere.parse(
                "model=GW2  and last_renewed < 2026-01-01 AND site = 'Graz, West' and state=active"
                    + " and id=pump-* and last_renewed>=2025-06-01T08:00:00Z"))
        .isEqualTo(
            new DeviceFilter(
                Map.of(Field.MODEL, "GW2", Field.SITE, "Graz, West", Field.STATE, "ACTIVE"),
                Map.of(
                    Moment.ISSUED,
                    new Span(
                        Optional.of(Instant.parse("2025-06-01T08:00:00Z")),
                        Optional.of(Instant.parse("2026-01-01T00:00:00Z")))),
                Optional.of("pump-"),
                false,
                Optional.empty()));
  }

  @Test
  void aDeviceThatWasNeverGivenAnythingCanBeAskedFor() {
    assertThat(DeviceWhere.parse("last_renewed=never").neverIssued()).isTrue();
  }

  @Test
  void whatIsInQuotesIsAValueWhateverItSays() {
    assertThat(DeviceWhere.parse("owner=\"x' OR 1=1 --\"").is())
        .isEqualTo(Map.of(Field.OWNER, "x' OR 1=1 --"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | character 1: a field is wanted here",
        "colour=red | character 1: there is no field 'colour'",
        "model | character 6: a comparison is wanted here",
        "model=GW2 or site=Graz | character 11: 'and' is wanted here",
        "model=GW2 and | character 14: a field is wanted here",
        "model<GW2 | character 6: '=' is wanted here, not '<'",
        "model!=GW2 | character 6: '=' is wanted here, not '!='",
        "model= | character 7: a value is wanted here",
        "model='GW2 | character 7: this quote is never closed",
        "model='GW2'x | character 12: a blank is wanted after a quoted value",
        "model=GW'2 | character 9: ''' has to be in quotes",
        "model=(GW2) | character 7: '(' has to be in quotes",
        "model=a and model=b | character 13: the same field is asked for twice",
        "state=gone | character 7: there is no state 'gone'",
        "expires<soon | character 9: 'soon' is no time",
        "expires=2026-01-01 | character 8: '<' or '>=' is wanted here, not '='",
        "expires<=2026-01-01 | character 8: '<' or '>=' is wanted here, not '<='",
        "expires<2026-01-01 and expires<2027-01-01 | character 24: the same comparison is made twice",
        "id=pump-1 | character 10: '*' is wanted here",
      })
  void whatIsNotUnderstoodIsNamedWithItsPlace(String where, String message) {
    assertThatThrownBy(() -> DeviceWhere.parse(where))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
