/// What tests of other modules, and the bench, need of databases.
@NullMarked
package dev.nameplate.store.testing;

import org.jspecify.annotations.NullMarked;
