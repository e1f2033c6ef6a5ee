/** Volumes and keys that an engine looks after, from beginning to end; start reading at {@link io.hvkit.examples.storage.Storage}. */
@NullMarked
package io.hvkit.examples.storage;

import org.jspecify.annotations.NullMarked;
