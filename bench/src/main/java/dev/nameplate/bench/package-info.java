/// Measures Nameplate on this machine, each figure beside a limit measured in the same run. Ships
/// nowhere.
@NullMarked
package dev.nameplate.bench;

import org.jspecify.annotations.NullMarked;
