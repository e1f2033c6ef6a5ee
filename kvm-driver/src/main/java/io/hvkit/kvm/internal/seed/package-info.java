/** Seeds of cloud-init: images that a guest reads once, and the folder they are kept in. */
@NullMarked
package io.hvkit.kvm.internal.seed;

import org.jspecify.annotations.NullMarked;
