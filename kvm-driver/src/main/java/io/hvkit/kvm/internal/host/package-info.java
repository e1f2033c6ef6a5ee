/** Where a host is, and how it is reached. */
@NullMarked
package io.hvkit.kvm.internal.host;

import org.jspecify.annotations.NullMarked;
