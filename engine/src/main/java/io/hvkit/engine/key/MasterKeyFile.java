package io.hvkit.engine.key;

import io.hvkit.core.Incubating;
import java.nio.file.Path;

/**
 * The file with the master keys of {@link KeyProvider#file}: text, one key a line, the newest last. Written whole under another name, and
 * renamed when it is on the disk.
 */
@Incubating(since = "0.1")
public final class MasterKeyFile {

    private MasterKeyFile() {}

    /**
     * Makes a file with one new key of 256 random bits, readable by this process's user alone.
     *
     * @throws io.hvkit.core.DriverException with {@code EXISTS_DIFFERENTLY} if there is anything of that name, which is left as it is; with
     *     {@code HOST_NOT_READY} if it cannot be written
     */
    public static void create(Path file) {
        MasterKeys.create(file);
    }

    /**
     * Adds a new key, which wraps from now on; the older ones stay, since they wrap what they wrapped. {@link io.hvkit.engine.Keys#rewrap} then wraps
     * everything anew.
     *
     * @throws io.hvkit.core.DriverException as the methods of {@link KeyProvider#file} do, and with {@code OPERATION_PENDING} if somebody
     *     else adds one at the same moment; none is added by this call then
     */
    public static void addKey(Path file) {
        MasterKeys.add(file);
    }
}
