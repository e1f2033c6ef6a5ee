package io.hvkit.qemu.qmp;

import io.hvkit.core.Attachment;
import io.hvkit.core.Incubating;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A virtual machine that runs as a process of {@link QemuProcesses}.
 *
 * @param name the name it was started under
 * @param disks where its disks are, by what their starter calls them, in order
 * @param arguments those that qemu was started with, all of them, read from the kernel
 * @param pid the process
 * @param monitor where it listens; see {@link QmpClient#connect}
 */
@Incubating(since = "0.1")
public record QemuProcess(String name, Map<String, Attachment> disks, List<String> arguments, long pid, Path monitor) {

    /** Takes copies. */
    public QemuProcess {
        disks = Collections.unmodifiableMap(new LinkedHashMap<>(disks));
        arguments = List.copyOf(arguments);
    }
}
