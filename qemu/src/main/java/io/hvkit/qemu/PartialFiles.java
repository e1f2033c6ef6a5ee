package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.qemu.internal.ProcessIdentity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files, named {@code .hvkit-*.partial}, in which images are made before they appear under their own names. A call that
 * ends removes its own, however it ends; only a process that is killed, or a host that cannot be reached any more, leaves one.
 */
public final class PartialFiles {

    private PartialFiles() {}

    /**
     * Returns a path in a folder for a file of the caller's own that is not complete yet; nothing is made. {@link #sweep} leaves
     * it alone as long as this process runs, and removes it afterwards.
     */
    public static Path next(Path folder) {
        return ImagePath.of(folder).resolve(PartialName.next().toString());
    }

    /**
     * Removes what processes of this machine that have ended left in a folder, and returns it. The machine that counts is the
     * one that this process runs on, wherever the files are. Files of other machines, which may share the folder, of other
     * containers, and of processes that run are left alone; so is all that cannot be told, such as the files of a machine that
     * had another host name. Safe to call at any time and any number of times.
     *
     * @param files where the folder is: those of the runner that makes images there
     * @return the paths that were removed
     * @throws DriverException with {@code NOT_FOUND} if there is no such folder
     */
    public static List<Path> sweep(HostFiles files, Path folder) throws InterruptedException {
        Path absolute = ImagePath.of(folder);
        List<Path> removed = new ArrayList<>();
        for (String name : files.list(absolute)) {
            Optional<PartialName> partial = PartialName.parse(name);
            if (partial.filter(p -> p.maker().life() == ProcessIdentity.Life.ENDED)
                    .isPresent()) {
                Path path = absolute.resolve(name);
                files.remove(path);
                removed.add(path);
            }
        }
        return List.copyOf(removed);
    }
}
