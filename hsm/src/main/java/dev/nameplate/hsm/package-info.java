/// Keys in PKCS#11 tokens, through `java.lang.foreign`: the implementation of the ports in
/// `dev.nameplate.ca.signing`. Knows C functions, sessions, slots and PINs; knows nothing of
/// certificates, and hashes before it calls, so that a token sees digests only.
///
/// From outside in: [TokenKeyVault] finds and makes keys, [SessionPool] owns the threads that may
/// enter the library, [Token] logs in, [Pkcs11Module] is the library, [Pkcs11] its functions.
@NullMarked
package dev.nameplate.hsm;

import org.jspecify.annotations.NullMarked;
