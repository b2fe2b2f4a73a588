package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// Signed answers that are given again, in a bounded number of bytes, and the one place where those
/// meet who wait for the same answer.
///
/// Reading takes no lock. Everything that changes something is done under one, which is held for a
/// few steps only and never while something is read from the store or signed. So the order is
/// always clear: an answer whose making began before a change of its certificate was heard does not
/// get in, and whoever asks after that does not wait for it.
///
/// When room is needed, what nobody asked for lately goes first (second chance, in the order in
/// which they came).
final class AnswerCache implements StatusListener {

  /// What an answer takes besides its own bytes and those of its question: objects, header fields,
  /// and its places in three tables. An estimate on the high side.
  private static final int OVERHEAD = 1500;

  private final long room;
  private final Map<Question, Entry> entries = new ConcurrentHashMap<>();

  /// Counts how often it was lost what changed. An answer is sure if it was made, or looked at
  /// again, since the last time.
  private volatile long era;

  // under the lock

  private final LinkedHashSet<Entry> order = new LinkedHashSet<>();
  private final Map<Subject, List<Entry>> bySubject = new HashMap<>();
  private final Map<Question, Flight> flights = new HashMap<>();
  private long bytes;
  private long evictions;

  /// A certificate, as changes name it.
  record Subject(IssuerId issuer, BigInteger serial) {}

  /// A remembered answer.
  static final class Entry {

    private final Question question;
    private final Subject subject;
    private final OcspAnswer.Signed answer;
    private final CertificateStatus status;
    private final OcspSigner signer;
    private final CertIdHash hash;
    private final long refreshAt;
    private final long end;
    private volatile long sureIn;
    private volatile boolean asked;

    private Entry(Flight flight, Made made) {
      this.question = flight.question;
      this.subject = flight.subject;
      this.answer = made.answer();
      this.status = made.status();
      this.signer = made.signer();
      this.hash = made.hash();
      this.refreshAt = made.refreshAt();
      this.end = made.end();
      this.sureIn = flight.era;
    }

    Question question() {
      return question;
    }

    OcspAnswer.Signed answer() {
      return answer;
    }

    CertificateStatus status() {
      return status;
    }

    OcspSigner signer() {
      return signer;
    }

    CertIdHash hash() {
      return hash;
    }

    /// Whether it may be given at all: not from a future that a clock which was put back made, and
    /// not over.
    boolean isValidAt(long now) {
      return answer.thisUpdate() <= now && now < end;
    }

    boolean isDueAt(long now) {
      return now >= refreshAt;
    }

    private long weight() {
      return (long) answer.length() + question.length() + OVERHEAD;
    }

    private void touch() {
      // most of the time it is set already, and nothing is written to memory that many share
      if (!asked) {
        asked = true;
      }
    }
  }

  /// What a flight brings home to be remembered.
  ///
  /// @param refreshAt when it is worth signing anew, in milliseconds since 1970
  /// @param end when it must not be given any more
  record Made(
      OcspAnswer.Signed answer,
      CertificateStatus status,
      OcspSigner signer,
      CertIdHash hash,
      long refreshAt,
      long end) {}

  /// An answer that is being made, and those who wait for it.
  static final class Flight {

    private final Question question;
    private final Subject subject;
    private final long era;
    private final CompletableFuture<OcspAnswer> answer = new CompletableFuture<>();
    private boolean overtaken;

    private Flight(Question question, Subject subject, long era) {
      this.question = question;
      this.subject = subject;
      this.era = era;
    }

    CompletableFuture<OcspAnswer> answer() {
      return answer;
    }
  }

  /// Who makes an answer, and who waits for it.
  sealed interface Role {
    /// Must [#land] it, whatever happens.
    record Pilot(Flight flight) implements Role {}

    record Passenger(Flight flight) implements Role {}
  }

  AnswerCache(long room) {
    this.room = room;
  }

  /// An answer that can be given as it is.
  Optional<Entry> fresh(Question question, long now) {
    var entry = entries.get(question);
    if (entry == null || entry.sureIn != era || !entry.isValidAt(now) || entry.isDueAt(now)) {
      return Optional.empty();
    }
    entry.touch();
    return Optional.of(entry);
  }

  /// An answer that was true once, and still may be: it is due to be signed anew, or a change of it
  /// may have been missed.
  Optional<Entry> old(Question question, long now) {
    return Optional.ofNullable(entries.get(question)).filter(entry -> entry.isValidAt(now));
  }

  /// Whether no change of it can have been missed.
  boolean isSure(Entry entry) {
    return entry.sureIn == era;
  }

  /// Joins those who want the same answer; the first of them makes it, and reads the status after
  /// this call.
  synchronized Role join(Question question, Subject subject) {
    var under = flights.get(question);
    if (under != null) {
      return new Role.Passenger(under);
    }
    var flight = new Flight(question, subject, era);
    flights.put(question, flight);
    return new Role.Pilot(flight);
  }

  /// Ends a flight: everybody on it gets `answer`.
  void land(Flight flight, OcspAnswer answer) {
    arrive(flight, Optional.empty());
    flight.answer.complete(answer);
  }

  /// Ends a flight, and remembers what it brought, unless the world changed meanwhile.
  void land(Flight flight, Made made) {
    arrive(flight, Optional.of(made));
    flight.answer.complete(made.answer());
  }

  /// Ends a flight that found what was remembered to be true still.
  void confirm(Flight flight, Entry entry) {
    synchronized (this) {
      if (!flight.overtaken) {
        entry.sureIn = flight.era;
      }
      flights.remove(flight.question, flight);
    }
    flight.answer.complete(entry.answer());
  }

  /// What is known not to be true any more.
  synchronized void drop(Entry entry) {
    remove(entry);
  }

  @Override
  public void changed(IssuerId issuer, SerialNumber serial) {
    var subject = new Subject(issuer, serial.value());
    synchronized (this) {
      for (var entry : List.copyOf(bySubject.getOrDefault(subject, List.of()))) {
        remove(entry);
      }
      overtake(flights.values().iterator(), subject);
    }
  }

  /// From now on nothing is given before its status was looked at again; while the store is away,
  /// what there is.
  @Override
  public synchronized void lost() {
    era++;
    overtakeAll();
  }

  /// Forgets everything: what all answers hang on changed.
  synchronized void clear() {
    entries.clear();
    order.clear();
    bySubject.clear();
    bytes = 0;
    overtakeAll();
  }

  /// Those that were asked for since they were made and will be due before `until`, at most `most`
  /// of them. Forgets what is over.
  List<Question> dueBefore(long until, long now, int most) {
    var due = new ArrayList<Question>();
    for (var entry : entries.values()) {
      if (!entry.isValidAt(now)) {
        drop(entry);
      } else if (entry.asked && entry.isDueAt(until) && due.size() < most) {
        due.add(entry.question);
      }
    }
    return due;
  }

  /// How much memory is taken, about.
  synchronized long bytes() {
    return bytes;
  }

  int size() {
    return entries.size();
  }

  /// How often something went to make room.
  synchronized long evictions() {
    return evictions;
  }

  private synchronized void arrive(Flight flight, Optional<Made> made) {
    flights.remove(flight.question, flight);
    if (!flight.overtaken) {
      made.ifPresent(what -> put(new Entry(flight, what)));
    }
  }

  private void put(Entry entry) {
    var before = entries.put(entry.question, entry);
    if (before != null) {
      unlink(before);
    }
    order.addLast(entry);
    bySubject.computeIfAbsent(entry.subject, _ -> new ArrayList<>(1)).add(entry);
    bytes += entry.weight();
    while (bytes > room) {
      makeRoom();
    }
  }

  private void makeRoom() {
    var oldest = order.removeFirst();
    if (oldest.asked) {
      oldest.asked = false;
      order.addLast(oldest);
    } else {
      remove(oldest);
      evictions++;
    }
  }

  private void remove(Entry entry) {
    entries.remove(entry.question, entry);
    unlink(entry);
  }

  private void unlink(Entry entry) {
    var siblings = bySubject.get(entry.subject);
    if (siblings == null || !siblings.remove(entry)) {
      return; // somebody else did
    }
    if (siblings.isEmpty()) {
      bySubject.remove(entry.subject);
    }
    order.remove(entry);
    bytes -= entry.weight();
  }

  private void overtakeAll() {
    flights.values().forEach(flight -> flight.overtaken = true);
    flights.clear();
  }

  private static void overtake(Iterator<Flight> flights, Subject subject) {
    while (flights.hasNext()) {
      var flight = flights.next();
      if (flight.subject.equals(subject)) {
        flight.overtaken = true;
        flights.remove();
      }
    }
  }
}
