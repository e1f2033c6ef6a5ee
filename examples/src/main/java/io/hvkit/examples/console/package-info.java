/** What the demonstrations share: options, a table of proofs, a bar that shows progress. */
@NullMarked
package io.hvkit.examples.console;

import org.jspecify.annotations.NullMarked;
