package io.hvkit.qemu.qmp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a storage daemon is seen by from outside. */
final class RunningDaemons {

    private RunningDaemons() {}

    /** Returns the daemons that this process started. */
    static List<ProcessHandle> own() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> commandLine(process.pid()).contains("qemu-storage-daemon"))
                .toList();
    }

    static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** Returns the folders for sockets that are there, whoever made them. */
    static List<Path> folders() throws IOException {
        List<Path> folders = new ArrayList<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")), "hvkit-daemon-*")) {
            found.forEach(folders::add);
        }
        return folders;
    }

    static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("hvkit"))
                .toList();
    }
}
