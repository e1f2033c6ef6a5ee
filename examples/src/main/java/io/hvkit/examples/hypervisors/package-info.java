/** Two hypervisors side by side, one of them a plug-in; start reading at {@link io.hvkit.examples.hypervisors.Hypervisors}. */
@NullMarked
package io.hvkit.examples.hypervisors;

import org.jspecify.annotations.NullMarked;
