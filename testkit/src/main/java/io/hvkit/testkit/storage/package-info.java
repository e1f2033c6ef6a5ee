/**
 * Contracts for storage plug-ins, and a driver in memory that keeps them. Start reading at {@link
 * io.hvkit.testkit.storage.StoragePoolContract}.
 */
@NullMarked
package io.hvkit.testkit.storage;

import org.jspecify.annotations.NullMarked;
