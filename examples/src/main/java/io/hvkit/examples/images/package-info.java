/** What hvkit-qemu does with images, each step proved; start reading at {@link io.hvkit.examples.images.Images}. */
@NullMarked
package io.hvkit.examples.images;

import org.jspecify.annotations.NullMarked;
