package dev.nameplate.est;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Spoils DER, the same way for the same numbers: as a tree, of which lengths stay right so that
/// the damage gets deep into a decoder, and as bytes, of which nothing stays right.
final class Mutations {

  private static final int LARGEST = 64 * 1024;

  /// A value that is built of others, or holds bytes.
  private static final class Node {

    private final int tag;
    private List<Node> children;
    private byte[] content;

    Node(int tag, List<Node> children, byte[] content) {
      this.tag = tag;
      this.children = children;
      this.content = content;
    }

    static Node holding(int tag, byte[] content) {
      return new Node(tag, List.of(), content);
    }

    static Node of(int tag, Node... children) {
      return new Node(tag, new ArrayList<>(List.of(children)), new byte[0]);
    }

    boolean isBuilt() {
      return !children.isEmpty();
    }

    Node copy() {
      var copied = new ArrayList<Node>();
      children.forEach(child -> copied.add(child.copy()));
      return new Node(tag, copied, content);
    }
  }

  private final RandomGenerator random;

  Mutations(RandomGenerator random) {
    this.random = random;
  }

  /// Some bytes that are like `seed` but for one to four changes; now and then unlike it.
  byte[] of(byte[] seed) {
    if (random.nextInt(50) == 0) {
      return bytes(random.nextInt(300));
    }
    var spoiled = seed;
    for (int left = 1 + random.nextInt(4); left > 0; left--) {
      spoiled = random.nextInt(3) == 0 ? spoilBytes(spoiled) : spoilTree(spoiled);
    }
    return spoiled.length > LARGEST ? Arrays.copyOf(spoiled, LARGEST) : spoiled;
  }

  /// One value in DER.
  static byte[] value(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (var part : parts) {
      content.writeBytes(part);
    }
    var out = new ByteArrayOutputStream();
    out.write(tag);
    writeLength(out, content.size());
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }

  private byte[] spoilTree(byte[] encoded) {
    var roots = read(encoded);
    if (roots.isEmpty()) {
      return spoilBytes(encoded);
    }
    var all = new ArrayList<Node>();
    roots.forEach(root -> collect(root, all));
    var node = pick(all);
    var parents = all.stream().filter(Node::isBuilt).toList();
    switch (random.nextInt(12)) {
      case 0 -> replace(node, Node.holding(node.tag, bytes(random.nextInt(40))));
      case 1 -> replace(node, Node.holding(node.tag, new byte[0]));
      case 2 -> replace(node, Node.holding(node.tag, bigInteger()));
      case 3 -> replace(node, pick(all).copy());
      case 4 -> replace(node, nested(node.copy(), 1 + random.nextInt(80)));
      case 5 -> replace(node, Node.holding(random.nextInt(256), content(node)));
      case 6 -> replace(node, Node.holding(node.tag, text()));
      case 7 -> {
        if (!parents.isEmpty()) {
          pick(parents).children.add(pick(all).copy());
        }
      }
      case 8 -> {
        if (!parents.isEmpty()) {
          var parent = pick(parents);
          parent.children.remove(random.nextInt(parent.children.size()));
        }
      }
      case 9 -> {
        if (!parents.isEmpty()) {
          var children = pick(parents).children;
          children.add(children.remove(random.nextInt(children.size())));
        }
      }
      case 10 -> {
        if (!parents.isEmpty()) {
          var children = pick(parents).children;
          var many = children.get(random.nextInt(children.size()));
          for (int i = random.nextInt(200); i > 0; i--) {
            children.add(many.copy());
          }
        }
      }
      default -> {
        var content = content(node).clone();
        if (content.length > 0) {
          content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
        }
        replace(node, Node.holding(node.tag, content));
      }
    }
    var out = new ByteArrayOutputStream();
    roots.forEach(root -> out.writeBytes(encode(root)));
    return out.toByteArray();
  }

  private byte[] spoilBytes(byte[] encoded) {
    if (encoded.length == 0) {
      return bytes(3);
    }
    int at = random.nextInt(encoded.length);
    var spoiled = encoded.clone();
    switch (random.nextInt(6)) {
      case 0 -> spoiled[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> spoiled[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(spoiled, at);
      }
      case 3 -> {
        return joined(spoiled, at, bytes(1 + random.nextInt(8)));
      }
      // lengths: indefinite, none, of four octets and beyond
      case 4 -> {
        int[] lengths = {0x80, 0, 0x7f, 0x81, 0x82, 0x84, 0x85, 0xff};
        spoiled[Math.min(at < 8 ? 1 : at, spoiled.length - 1)] =
            (byte) lengths[random.nextInt(lengths.length)];
      }
      default -> {
        int from = random.nextInt(encoded.length);
        int to = Math.min(encoded.length, from + 1 + random.nextInt(64));
        return joined(spoiled, at, Arrays.copyOfRange(encoded, from, to));
      }
    }
    return spoiled;
  }

  private static byte[] joined(byte[] bytes, int at, byte[] inserted) {
    var out = new ByteArrayOutputStream();
    out.write(bytes, 0, at);
    out.writeBytes(inserted);
    out.write(bytes, at, bytes.length - at);
    return out.toByteArray();
  }

  private byte[] bigInteger() {
    var big = bytes(new int[] {9, 21, 300, 1000, 8000}[random.nextInt(5)]);
    big[0] = (byte) (random.nextBoolean() ? 0x80 : 0x7f);
    return big;
  }

  /// What does not belong into names.
  private byte[] text() {
    var odd = new byte[][] {{0}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xff}, {'\r', '\n'}, {'*'}};
    var out = new ByteArrayOutputStream();
    for (int i = 1 + random.nextInt(200); i > 0; i--) {
      out.writeBytes(random.nextInt(4) == 0 ? odd[random.nextInt(odd.length)] : new byte[] {'a'});
    }
    return out.toByteArray();
  }

  private static Node nested(Node inner, int depth) {
    var node = inner;
    for (int i = 0; i < depth; i++) {
      node = Node.of(0x30, node);
    }
    return node;
  }

  private static void replace(Node node, Node by) {
    // the tag of the place stays, but for a value that is not built any more
    node.children = by.isBuilt() ? new ArrayList<>(List.of(by)) : List.of();
    node.content = by.isBuilt() ? new byte[0] : by.content;
  }

  private static byte[] content(Node node) {
    if (!node.isBuilt()) {
      return node.content;
    }
    var out = new ByteArrayOutputStream();
    node.children.forEach(child -> out.writeBytes(encode(child)));
    return out.toByteArray();
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private byte[] bytes(int count) {
    var bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void collect(Node node, List<Node> into) {
    into.add(node);
    node.children.forEach(child -> collect(child, into));
  }

  private static byte[] encode(Node node) {
    return value(node.tag, content(node));
  }

  private static void writeLength(ByteArrayOutputStream out, int length) {
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else if (length < 0x10000) {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    } else {
      out.write(0x83);
      out.write(length >> 16);
      out.write(length >> 8);
      out.write(length);
    }
  }

  /// The values in these bytes; empty if they are something else.
  private static List<Node> read(byte[] encoded) {
    var found = new ArrayList<Node>();
    int at = 0;
    while (at < encoded.length) {
      if (encoded.length - at < 2 || (encoded[at] & 0x1f) == 0x1f) {
        return List.of();
      }
      int tag = encoded[at] & 0xff;
      int length = encoded[at + 1] & 0xff;
      at += 2;
      if (length > 0x80) {
        int octets = length & 0x7f;
        if (octets > 3 || octets > encoded.length - at) {
          return List.of();
        }
        length = 0;
        for (int i = 0; i < octets; i++) {
          length = (length << 8) | (encoded[at++] & 0xff);
        }
      }
      if (length > encoded.length - at) {
        return List.of();
      }
      found.add(node(tag, Arrays.copyOfRange(encoded, at, at + length)));
      at += length;
    }
    return found;
  }

  /// Looks also into OCTET STRINGs, in which extensions are packed.
  private static Node node(int tag, byte[] content) {
    var packs = (tag & 0x20) != 0 || tag == 0x04;
    return new Node(tag, packs ? read(content) : List.of(), content);
  }
}
