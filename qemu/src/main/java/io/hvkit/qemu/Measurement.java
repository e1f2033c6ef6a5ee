package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import java.util.Optional;

/**
 * How much room an image takes up, headers and tables with it.
 *
 * @param required what it takes when it is made
 * @param fullyAllocated what it takes when a guest has written its whole disk; snapshots and bitmaps come on top
 * @param bitmaps what copies of the source's bitmaps take on top of either; nothing if the source or the target cannot have any
 */
public record Measurement(ByteSize required, ByteSize fullyAllocated, Optional<ByteSize> bitmaps) {}
