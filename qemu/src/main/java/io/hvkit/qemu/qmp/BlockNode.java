package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Optional;

/**
 * An image that a running qemu has opened, under the name by which commands speak of it.
 *
 * @param name as {@code node-name} in qemu's documents
 * @param backing what it lies over, if that was named too
 */
public record BlockNode(String name, Optional<BlockNode> backing) {

    /**
     * Checks the name.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if it is empty
     */
    public BlockNode {
        if (name.isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("a node has a name");
        }
    }

    /** Returns a node that is known by its name alone. */
    public static BlockNode named(String name) {
        return new BlockNode(name, Optional.empty());
    }

    /** Returns its name. */
    @Override
    public String toString() {
        return name;
    }
}
