package dev.nameplate.ca.x509;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// What is known to make an RSA modulus easy to factor, as far as it can be seen in the modulus in
/// well under a millisecond.
final class RsaModulus {

  /// CA/Browser Forum BR 6.1.6: no factor below 752.
  private static final int SMALL_PRIMES_BELOW = 752;

  /// The last prime of the product M by which the keys of 1984 bits and more were made.
  private static final int LAST_PRIME_OF_ROCA = 701;

  private static final int FERMAT_ROUNDS = 100;

  /// A small odd prime, and which remainders by it a modulus with the flaw of ROCA can leave: the
  /// powers of 65537.
  private record SmallPrime(int value, BigInteger big, Optional<BitSet> powers) {

    static SmallPrime of(int value) {
      return new SmallPrime(
          value,
          BigInteger.valueOf(value),
          value <= LAST_PRIME_OF_ROCA ? Optional.of(powersOf65537(value)) : Optional.empty());
    }

    private static BitSet powersOf65537(int prime) {
      var powers = new BitSet(prime);
      int power = 1;
      while (!powers.get(power)) {
        powers.set(power);
        power = power * (65537 % prime) % prime;
      }
      return powers;
    }
  }

  private static final List<SmallPrime> SMALL_PRIMES = smallOddPrimes();

  // 45045 = 63 · 65 · 11
  private static final BitSet SQUARES_BY_64 = squares(64);
  private static final BitSet SQUARES_BY_45045 = squares(45045);

  private RsaModulus() {}

  /// Why this odd modulus must not be used, if it must not.
  static Optional<String> weakness(BigInteger modulus) {
    boolean roca = true;
    for (var prime : SMALL_PRIMES) {
      int remainder = modulus.mod(prime.big()).intValue();
      if (remainder == 0) {
        return Optional.of("an RSA modulus that " + prime.value() + " divides");
      }
      roca &= prime.powers().isEmpty() || prime.powers().get().get(remainder);
    }
    if (roca) {
      return Optional.of("an RSA modulus made by a chip with ROCA (CVE-2017-15361)");
    }
    if (hasCloseFactors(modulus)) {
      return Optional.of("an RSA modulus of two factors that lie close together (CVE-2022-26320)");
    }
    return Optional.empty();
  }

  /// Some rounds of Fermat's way to factor: n = a² − b², with a from the root of n upwards.
  private static boolean hasCloseFactors(BigInteger modulus) {
    var root = modulus.sqrtAndRemainder();
    if (root[1].signum() == 0) {
      return true;
    }
    var a = root[0].add(BigInteger.ONE);
    var rest = a.multiply(a).subtract(modulus);
    for (int round = 0; round < FERMAT_ROUNDS; round++) {
      if (isSquare(rest)) {
        return true;
      }
      rest = rest.add(a.shiftLeft(1)).add(BigInteger.ONE);
      a = a.add(BigInteger.ONE);
    }
    return false;
  }

  /// The root is dear: the remainders rule out all but a few numbers in a hundred before it.
  private static boolean isSquare(BigInteger number) {
    return SQUARES_BY_64.get(number.intValue() & 63)
        && SQUARES_BY_45045.get(number.mod(BigInteger.valueOf(45045)).intValue())
        && number.sqrtAndRemainder()[1].signum() == 0;
  }

  private static BitSet squares(int modulus) {
    var squares = new BitSet(modulus);
    for (long root = 0; root < modulus; root++) {
      squares.set((int) (root * root % modulus));
    }
    return squares;
  }

  private static List<SmallPrime> smallOddPrimes() {
    var primes = new ArrayList<SmallPrime>();
    for (int candidate = 3; candidate < SMALL_PRIMES_BELOW; candidate += 2) {
      if (BigInteger.valueOf(candidate).isProbablePrime(50)) {
        primes.add(SmallPrime.of(candidate));
      }
    }
    return List.copyOf(primes);
  }
}
