/// The key ceremony of an offline root: its token and its folder, what it signs there, and how a
/// server that never sees its key takes over what it signed. No database and no listener; people
/// are asked by whoever calls.
@NullMarked
package dev.nameplate.server.ceremony;

import org.jspecify.annotations.NullMarked;
