package io.hvkit.storage.spi;

/**
 * Volumes that begin with what is on a template. A template is a plain volume of the pool: it is found, listed and deleted as
 * others are, and not while volumes are linked to it.
 */
public interface Templates {

    /**
     * Keeps an image as a template, or returns the one that an equal request made before. The pool inspects what it keeps before
     * anything opens it: of the image itself nothing is believed but what was found, and its format is never guessed.
     *
     * <table>
     * <caption>Failures; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such image</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the image is of another format than was said, names other files, is encrypted, or is nothing to make machines
     * from</td><td>{@code INVALID_REQUEST}, naming each finding</td></tr>
     * <tr><td>it is broken</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>{@link StoragePool#formats} has no such format, or it is {@code LUKS}</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the name is one the pool cannot keep</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the name is taken by anything else</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>the pool is full</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    Volume add(AddTemplate request) throws InterruptedException;

    /**
     * Makes a volume with the content of a template, or returns the one that an equal request made before. Behind the template's end
     * it is as {@link StoragePool#create} makes it. If it is to be encrypted, its attestation proves that it is.
     *
     * <table>
     * <caption>Failures, besides those of {@link StoragePool#create}; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>there is no such template</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the volume would be smaller than the template</td><td>{@code INVALID_REQUEST}, naming the size</td></tr>
     * <tr><td>it is to be linked, and its format is one that lies over nothing</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>it is to be linked, and {@link PoolFeature#LINKED_CLONES} is not offered</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the template is a volume that is encrypted with a key</td><td>{@code UNSUPPORTED}</td></tr>
     * <tr><td>the template is a volume that is attached</td><td>{@code IN_USE}</td></tr>
     * <tr><td>the name is taken by a volume that is not made so from that template</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * </table>
     */
    Volume create(VolumeFromTemplate request) throws InterruptedException;
}
