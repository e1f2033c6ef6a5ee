package io.hvkit.vmware.internal.machine;

import io.hvkit.core.Attachment;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file on a datastore, such as {@code [fast] web/web.vmdk}. A host has it at {@code /vmfs/volumes/fast/web/web.vmdk}, which is how
 * callers name it.
 *
 * @param path below the datastore, with slashes, and none at either end
 */
public record DiskFile(String datastore, String path) {

    private static final String VOLUMES = "/vmfs/volumes/";
    private static final Pattern SPELT = Pattern.compile("\\[([^\\]]+)\\] ?/*(.+)");
    private static final Pattern HOST_PATH = Pattern.compile(Pattern.quote(VOLUMES) + "([^/]+)/(.+)");

    /** Reads the vSphere API's spelling; nothing if it is none. */
    public static Optional<DiskFile> spelt(String text) {
        Matcher matcher = SPELT.matcher(text);
        return matcher.matches() ? Optional.of(new DiskFile(matcher.group(1), matcher.group(2))) : Optional.empty();
    }

    /** Returns the file that an attachment is. */
    static DiskFile of(Attachment attachment) {
        return attachment.match(
                device -> {
                    throw elsewhere(device.path().toString());
                },
                file -> of(file.path()),
                remote -> {
                    throw elsewhere(remote.uri().toString());
                });
    }

    private static DiskFile of(Path path) {
        Matcher matcher = HOST_PATH.matcher(path.normalize().toString());
        if (!matcher.matches() || !matcher.group(2).endsWith(".vmdk")) {
            throw elsewhere(path.toString());
        }
        return new DiskFile(matcher.group(1), matcher.group(2));
    }

    private static DriverException elsewhere(String place) {
        return DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "a disk of a vSphere machine is a file %sDATASTORE/FOLDER/NAME.vmdk of its host, and not %s",
                        VOLUMES, place);
    }

    /** Returns where a host has it. */
    public Attachment attachment() {
        return new Attachment.ImageFile(Path.of(VOLUMES + datastore + "/" + path));
    }

    /** Returns the folder that it lies in, as the API spells it. */
    public String folder() {
        int slash = path.lastIndexOf('/');
        return "[" + datastore + "] " + (slash < 0 ? "" : path.substring(0, slash));
    }

    /** Returns the vSphere API's spelling. */
    @Override
    public String toString() {
        return "[" + datastore + "] " + path;
    }
}
