package dev.nameplate.hsm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreSpi;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A provider as a vendor may ship it, found by its class name: one EC key with its certificate. It
/// does what its [Behaviour] says.
public final class VendorProvider extends Provider {

  private static final long serialVersionUID = 1L;

  /// Of the providers that are made while it is set.
  static final AtomicReference<Behaviour> BEHAVIOUR = new AtomicReference<>();

  /// What happens when the key store is loaded, which logs in.
  interface Loading {
    void run() throws IOException;
  }

  /// @param signing what happens before a signature is made; may throw, or take its time
  record Behaviour(
      PrivateKey key,
      Certificate certificate,
      AtomicInteger logins,
      AtomicInteger signatures,
      AtomicReference<Loading> loading,
      AtomicReference<Runnable> signing) {

    Behaviour(PrivateKey key, Certificate certificate) {
      this(
          key,
          certificate,
          new AtomicInteger(),
          new AtomicInteger(),
          new AtomicReference<>(() -> {}),
          new AtomicReference<>(() -> {}));
    }
  }

  public VendorProvider() {
    super("Vendor", "1", "for tests");
    putService(service("KeyStore", "Vendor", Store.class));
    putService(service("Signature", "SHA256withECDSA", Signer.class));
  }

  private Service service(String type, String name, Class<?> implementation) {
    return new Service(this, type, name, implementation.getName(), null, null);
  }

  /// One entry, `ca`.
  public static final class Store extends KeyStoreSpi {

    private final Behaviour behaviour = BEHAVIOUR.get();

    @Override
    public void engineLoad(@Nullable InputStream none, char[] pin) throws IOException {
      behaviour.logins().incrementAndGet();
      behaviour.loading().get().run();
    }

    @Override
    public Key engineGetKey(String alias, char @Nullable [] password) {
      return behaviour.key();
    }

    @Override
    public Certificate engineGetCertificate(String alias) {
      return behaviour.certificate();
    }

    @Override
    public Enumeration<String> engineAliases() {
      return Collections.enumeration(Collections.singleton("ca"));
    }

    @Override
    public boolean engineContainsAlias(String alias) {
      return alias.equals("ca");
    }

    @Override
    public boolean engineIsKeyEntry(String alias) {
      return alias.equals("ca");
    }

    @Override
    public boolean engineEntryInstanceOf(String alias, Class<? extends KeyStore.Entry> type) {
      return engineIsKeyEntry(alias);
    }

    @Override
    public boolean engineIsCertificateEntry(String alias) {
      return false;
    }

    @Override
    public int engineSize() {
      return 1;
    }

    @Override
    public Certificate[] engineGetCertificateChain(String alias) {
      return new Certificate[] {behaviour.certificate()};
    }

    @Override
    public Date engineGetCreationDate(String alias) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void engineSetKeyEntry(String a, Key k, char[] p, Certificate[] c) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void engineSetKeyEntry(String a, byte[] k, Certificate[] c) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void engineSetCertificateEntry(String a, Certificate c) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void engineDeleteEntry(String alias) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String engineGetCertificateAlias(Certificate certificate) {
      return "ca";
    }

    @Override
    public void engineStore(OutputStream out, char[] password) {
      throw new UnsupportedOperationException();
    }
  }

  /// Signs with the key in memory.
  public static final class Signer extends SignatureSpi {

    private final Behaviour behaviour = BEHAVIOUR.get();
    private final Signature inMemory;

    public Signer() throws GeneralSecurityException {
      inMemory = Signature.getInstance("SHA256withECDSA");
    }

    @Override
    protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
      inMemory.initSign(key);
    }

    @Override
    protected void engineUpdate(byte[] data, int from, int length) throws SignatureException {
      inMemory.update(data, from, length);
    }

    @Override
    protected void engineUpdate(byte one) throws SignatureException {
      inMemory.update(one);
    }

    @Override
    protected byte[] engineSign() throws SignatureException {
      behaviour.signing().get().run();
      behaviour.signatures().incrementAndGet();
      return inMemory.sign();
    }

    @Override
    protected void engineInitVerify(PublicKey key) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected boolean engineVerify(byte[] signature) {
      throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("deprecation")
    protected void engineSetParameter(String name, Object value) {
      throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("deprecation")
    protected Object engineGetParameter(String name) {
      throw new UnsupportedOperationException();
    }
  }
}
