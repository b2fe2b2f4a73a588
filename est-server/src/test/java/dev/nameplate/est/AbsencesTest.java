package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SigningException;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.MessageFormatter;

class AbsencesTest {

  private record Line(String message, boolean withTrace) {}

  private final AtomicLong time = new AtomicLong(Long.MAX_VALUE - 5);
  private final List<Line> lines = new ArrayList<>();
  private final Absences absences = new Absences(remembering(), time::get);
  private final SigningException away =
      new SigningException("lane 1 is gone", new IOException("no such token"));

  @Test
  void everyRequestIsOneLineAndTheStackTraceComesOnceAMinute() {
    for (int second = 0; second < 130; second++) {
      absences.say("A request", "the token", away);
      time.addAndGet(Duration.ofSeconds(1).toNanos());
    }

    assertThat(lines).hasSize(130);
    assertThat(lines).filteredOn(Line::withTrace).hasSize(3);
    assertThat(lines.get(60).withTrace()).isTrue();
  }

  @Test
  void theLineSaysAllCauses() {
    absences.say("A request", "the token", away);
    absences.say("A request", "the token", away);

    assertThat(lines.getLast().message())
        .startsWith("A request failed because the token is away: ")
        .contains("lane 1 is gone")
        .endsWith("because of java.io.IOException: no such token");
  }

  private Logger remembering() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (_, method, arguments) -> {
              if (method.getName().equals("warn")) {
                var values = Arrays.stream(arguments).skip(1).toArray();
                if (values.length == 1 && values[0] instanceof Object[] several) {
                  values = several;
                }
                var said = MessageFormatter.arrayFormat((String) arguments[0], values);
                lines.add(new Line(said.getMessage(), said.getThrowable() != null));
              }
              return null;
            });
  }
}
