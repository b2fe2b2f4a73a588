package dev.nameplate.hsm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;

/// A real library whose functions fail when they are told to: its CK_FUNCTION_LIST is copied, and
/// each of ours in the copy is an upcall that forwards to the real one. What fails *before* it is
/// forwarded leaves the library as it was, with an operation open; what fails *after* has done its
/// work.
@SuppressWarnings("UnusedMethod") // they are found by name
final class FaultyFunctions {

  private final Map<CFunction, Queue<Fault>> faults = new EnumMap<>(CFunction.class);
  private final MemorySegment list = Arena.global().allocate(NativePkcs11.FUNCTION_LIST, 8);

  private record Fault(boolean before, long code) {}

  FaultyFunctions(Path library) {
    list.copyFrom(functions(library));
    for (var function : CFunction.values()) {
      function.put(
          list, interceptor(function, Native.function(function.in(list), function.descriptor())));
    }
  }

  Pkcs11Module module() {
    return new Pkcs11Module("a library with faulty functions", NativePkcs11.at(list));
  }

  /// The next call does not reach the library.
  synchronized void failBefore(CFunction function, long code) {
    add(function, new Fault(true, code));
  }

  /// The next call reaches the library, and its answer is lost.
  synchronized void failAfter(CFunction function, long code) {
    add(function, new Fault(false, code));
  }

  private void add(CFunction function, Fault fault) {
    faults.computeIfAbsent(function, _ -> new ArrayDeque<>()).add(fault);
  }

  private synchronized long next(CFunction function, boolean before) {
    var queue = faults.getOrDefault(function, new ArrayDeque<>());
    var fault = queue.peek();
    if (fault == null || fault.before() != before) {
      return 0;
    }
    queue.remove();
    return fault.code();
  }

  /// Returns the code of the fault, or what the library returns.
  private MethodHandle interceptor(CFunction function, MethodHandle real) {
    try {
      var next =
          MethodHandles.lookup()
              .findVirtual(
                  FaultyFunctions.class,
                  "next",
                  MethodType.methodType(long.class, CFunction.class, boolean.class))
              .bindTo(this)
              .bindTo(function);
      var or =
          MethodHandles.lookup()
              .findStatic(
                  FaultyFunctions.class,
                  "or",
                  MethodType.methodType(long.class, long.class, long.class));
      var isOk =
          MethodHandles.lookup()
              .findStatic(
                  FaultyFunctions.class, "isOk", MethodType.methodType(boolean.class, long.class));
      // after(real(…)): the code of the library, unless a fault is waiting
      var after = MethodHandles.insertArguments(next, 0, false);
      var forwarded = MethodHandles.filterReturnValue(real, MethodHandles.foldArguments(or, after));
      // before(): the code of a fault that is waiting, else forward
      var parameters = real.type().parameterList();
      var choice =
          MethodHandles.guardWithTest(
              MethodHandles.dropArguments(isOk, 1, parameters),
              MethodHandles.dropArguments(forwarded, 0, long.class),
              MethodHandles.dropArguments(MethodHandles.identity(long.class), 1, parameters));
      return MethodHandles.foldArguments(choice, MethodHandles.insertArguments(next, 0, true));
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("a method of this class", impossible);
    }
  }

  private static boolean isOk(long code) {
    return code == 0;
  }

  private static long or(long fault, long code) {
    return fault == 0 ? code : fault;
  }

  private static MemorySegment functions(Path library) {
    var getFunctionList =
        Native.function(
            Native.load(library).findOrThrow("C_GetFunctionList"),
            FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    try (var arena = Arena.ofConfined()) {
      var pointer = arena.allocate(ADDRESS);
      long code = (long) getFunctionList.invokeExact(pointer);
      if (code != 0) {
        throw new AssertionError("C_GetFunctionList: " + code);
      }
      return Native.sized(pointer.get(ADDRESS, 0), NativePkcs11.FUNCTION_LIST);
    } catch (Throwable broken) {
      throw new AssertionError("C_GetFunctionList", broken);
    }
  }
}
