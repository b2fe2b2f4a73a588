package dev.nameplate.hsm;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A real library with somebody in between, who counts the calls, lets some fail, and forges the
/// answers of others. Functions go by their C names.
final class FaultyPkcs11 implements InvocationHandler {

  private final Pkcs11 library;
  private final List<String> calls = new ArrayList<>();
  private final Map<String, Deque<Long>> failures = new HashMap<>();
  private final Map<String, UnaryOperator<Object>> forgeries = new HashMap<>();
  private final Map<String, Runnable> delays = new HashMap<>();

  FaultyPkcs11(Pkcs11 library) {
    this.library = library;
  }

  static FaultyPkcs11 softHsm() {
    return new FaultyPkcs11(NativePkcs11.load(HsmSettings.SOFTHSM));
  }

  Pkcs11Module module() {
    var proxy =
        Proxy.newProxyInstance(Pkcs11.class.getClassLoader(), new Class<?>[] {Pkcs11.class}, this);
    return new Pkcs11Module("SoftHSM with faults", (Pkcs11) proxy);
  }

  /// The next call of `function` does not reach the library, and returns `code`.
  FaultyPkcs11 failNext(String function, Ckr code) {
    return failNext(function, code.code());
  }

  synchronized FaultyPkcs11 failNext(String function, long code) {
    failures.computeIfAbsent(function, _ -> new ArrayDeque<>()).add(code);
    return this;
  }

  /// What `function` returns is changed on its way.
  synchronized <T> void forge(String function, Class<T> type, UnaryOperator<T> forgery) {
    forgeries.put(function, answer -> forgery.apply(type.cast(answer)));
  }

  synchronized void tellTheTruth() {
    forgeries.clear();
  }

  /// `function` waits for this before it reaches the library.
  synchronized void delay(String function, Runnable delay) {
    delays.put(function, delay);
  }

  synchronized long count(String function) {
    return calls.stream().filter(function::equals).count();
  }

  /// Counts from here on.
  synchronized void forgetCalls() {
    calls.clear();
  }

  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method method, @Nullable Object[] arguments)
      throws Throwable {
    var function = nameInC(method);
    before(function).run();
    try {
      return after(function, method.invoke(library, arguments));
    } catch (InvocationTargetException thrown) {
      throw thrown.getTargetException();
    }
  }

  private synchronized Runnable before(String function) {
    calls.add(function);
    var failure = failures.getOrDefault(function, new ArrayDeque<>()).poll();
    if (failure != null) {
      throw HsmException.of(function, failure);
    }
    return delays.getOrDefault(function, () -> {});
  }

  private synchronized @Nullable Object after(String function, @Nullable Object answer) {
    var forgery = forgeries.get(function);
    return forgery == null || answer == null ? answer : forgery.apply(answer);
  }

  private static String nameInC(Method method) {
    return switch (method.getName()) {
      case "finalizeModule" -> "C_Finalize";
      case "initPin" -> "C_InitPIN";
      case String name -> "C_" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    };
  }
}
