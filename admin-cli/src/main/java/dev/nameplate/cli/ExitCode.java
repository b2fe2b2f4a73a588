package dev.nameplate.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/// How a command ended, for scripts. The numbers never change.
enum ExitCode {
  OK(0, "done"),
  ERROR(1, "it failed; the message says why"),
  USAGE(2, "something about the command line is wrong, or a value in it"),
  NOT_FOUND(3, "what was named does not exist"),
  DENIED(4, "the server says no: unknown credential, or not allowed"),
  CONFLICT(5, "what was named is in a state that does not allow this"),
  PARTIAL(6, "of many, some failed; the results say which, and running it again does the rest"),
  APPROVAL(7, "an operator has to approve it first; the same command goes on then"),
  TIMEOUT(8, "done, but relying parties did not see it within --timeout"),
  NOTES(10, "doctor, hsm test: nothing is wrong, and something could be better"),
  WARNINGS(11, "doctor: some relying parties will have trouble, or all of them will soon"),
  FAULTS(12, "doctor: relying parties get no answer, or cannot believe it; hsm: see there");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  int code() {
    return code;
  }

  /// For `--help`.
  static Map<String, String> meanings() {
    var meanings = new LinkedHashMap<String, String>();
    for (var each : values()) {
      meanings.put(Integer.toString(each.code), each.meaning);
    }
    return meanings;
  }
}
