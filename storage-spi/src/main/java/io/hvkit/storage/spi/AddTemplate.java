package io.hvkit.storage.spi;

import io.hvkit.core.ImageFormat;
import java.nio.file.Path;

/**
 * A request to keep an image in a pool, for volumes to be made from. Equal requests are the same request: sending one twice makes
 * one template.
 *
 * @param name the name of the volume that it becomes: unique in the pool
 * @param image where it is: the absolute path of a file of this machine, which nobody writes to meanwhile
 * @param format what it is said to be, and what it is kept as
 */
public record AddTemplate(String name, Path image, ImageFormat format) {

    /**
     * Rejects relative paths, which mean another place to each process.
     *
     * @throws IllegalArgumentException if the path is one
     */
    public AddTemplate {
        if (!image.isAbsolute()) {
            throw new IllegalArgumentException("an image needs an absolute path, not '" + image + "'");
        }
    }
}
