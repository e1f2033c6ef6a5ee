/** One real job through every room of HVKit; start reading at {@link io.hvkit.examples.tour.Tour}. */
@NullMarked
package io.hvkit.examples.tour;

import org.jspecify.annotations.NullMarked;
