package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.testing.FakeClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobRunnerTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<String> ran = new ArrayList<>();

  @Test
  void aJobRunsWhenTheClockSaysThatItIsDue() {
    var runner = runner("one", schedule("often", 1), schedule("seldom", 60));

    runner.tick();
    runner.tick();
    clock.advance(Duration.ofSeconds(1));
    runner.tick();

    assertThat(ran).containsExactly("often", "seldom", "often");
  }

  @Test
  void aJobThatFailsKeepsNoOtherWaitingAndIsTriedAgain() {
    var runner = runner("one", failing(), schedule("other", 1));

    runner.tick();
    clock.advance(Duration.ofSeconds(1));
    runner.tick();

    assertThat(ran).containsExactly("failing", "other", "failing", "other");
    assertThat(meters.counter("nameplate.job.runs", "job", "failing", "outcome", "failed").count())
        .isEqualTo(2);
  }

  @Test
  void anErrorInAJobEndsNoOther() {
    var broken =
        job(
            "broken",
            () -> {
              throw new StackOverflowError("far too deep");
            });
    var runner =
        runner(
            "one",
            new JobRunner.Schedule(broken, Duration.ofSeconds(1), false),
            schedule("other", 1));

    runner.tick();

    assertThat(ran).containsExactly("other");
    assertThat(meters.counter("nameplate.job.runs", "job", "broken", "outcome", "failed").count())
        .isEqualTo(1);
  }

  @Test
  void ofTwoNodesOneDoesASharedJob() {
    var one = runner("one", schedule("shared", 1));
    var two = runner("two", schedule("shared", 1));

    one.tick();
    two.tick();
    assertThat(ran).hasSize(1);

    clock.advance(Duration.ofMinutes(5));
    two.tick();
    assertThat(ran).as("after the other node died").hasSize(2);
  }

  @Test
  void aClockThatIsSetBackDoesNotStopJobs() {
    var runner = runner("one", schedule("often", 1));
    runner.tick();

    clock.advance(Duration.ofDays(-1));
    runner.tick();

    assertThat(ran).hasSize(2);
  }

  private JobRunner runner(String node, JobRunner.Schedule... schedules) {
    return new JobRunner(List.of(schedules), store, node, clock, meters);
  }

  private JobRunner.Schedule schedule(String name, int seconds) {
    return new JobRunner.Schedule(
        job(name, () -> ran.add(name)), Duration.ofSeconds(seconds), true);
  }

  private JobRunner.Schedule failing() {
    return new JobRunner.Schedule(
        job(
            "failing",
            () -> {
              ran.add("failing");
              throw new IllegalStateException("the plug was pulled");
            }),
        Duration.ofSeconds(1),
        false);
  }

  private static Job job(String name, Runnable work) {
    return new Job() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String run(Instant now) {
        work.run();
        return "done";
      }
    };
  }
}
