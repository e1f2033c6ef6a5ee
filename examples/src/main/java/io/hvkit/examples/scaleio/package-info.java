/** PowerFlex: a running encrypted guest moves inside of a storage system, and to another one; processes are killed on the way. */
@NullMarked
package io.hvkit.examples.scaleio;

import org.jspecify.annotations.NullMarked;
