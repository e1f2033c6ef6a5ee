/** Pools that are directories. */
@NullMarked
package io.hvkit.kvm.internal.pool;

import org.jspecify.annotations.NullMarked;
