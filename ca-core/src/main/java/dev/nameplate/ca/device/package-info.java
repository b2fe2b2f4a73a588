/// Who a certificate can belong to, and who asks for one. Knows no store and no protocol.
@NullMarked
package dev.nameplate.ca.device;

import org.jspecify.annotations.NullMarked;
