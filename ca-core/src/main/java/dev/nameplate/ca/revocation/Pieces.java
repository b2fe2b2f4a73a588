package dev.nameplate.ca.revocation;

import java.util.ArrayDeque;
import java.util.Deque;

/// Bytes that become many, kept in pieces: nothing is copied to make room for more. Not
/// thread-safe.
final class Pieces {

  private static final int PIECE = 1 << 20;
  private static final int FIRST = 1 << 12;

  private final Deque<byte[]> full = new ArrayDeque<>();
  private byte[] piece = new byte[FIRST];
  private int used;
  private int length;

  /// @throws IllegalStateException if they become more than fit into one list
  void add(byte[] bytes) {
    if (length > Integer.MAX_VALUE - (1 << 16) - bytes.length) {
      throw new IllegalStateException("a CRL of over 2 GiB");
    }
    length += bytes.length;
    int at = 0;
    while (at < bytes.length) {
      if (used == piece.length) {
        full.add(piece);
        piece = new byte[PIECE];
        used = 0;
      }
      int part = Math.min(bytes.length - at, piece.length - used);
      System.arraycopy(bytes, at, piece, used, part);
      used += part;
      at += part;
    }
  }

  int length() {
    return length;
  }

  /// All of them in one array, between what comes before and after them. They are gone then: each
  /// piece is let go as soon as it is copied.
  byte[] surrounded(byte[] first, byte[] second, byte[] last) {
    byte[] whole = new byte[first.length + second.length + length + last.length];
    int at = append(first, first.length, whole, 0);
    at = append(second, second.length, whole, at);
    while (!full.isEmpty()) {
      byte[] next = full.remove();
      at = append(next, next.length, whole, at);
    }
    at = append(piece, used, whole, at);
    append(last, last.length, whole, at);
    used = 0;
    length = 0;
    return whole;
  }

  private static int append(byte[] from, int length, byte[] to, int at) {
    System.arraycopy(from, 0, to, at, length);
    return at + length;
  }
}
