package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A JVM of its own, to be started in a locale. */
final class LocaleProgram {

    private LocaleProgram() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path directory = Path.of(arguments[1]);
        String answer;
        try {
            answer = arguments[0].equals("work") ? work(directory) : list(directory);
        } catch (DriverException e) {
            answer = e.failure() + " " + e.getMessage();
        }
        Files.writeString(Path.of(arguments[2]), answer, StandardCharsets.UTF_8);
    }

    private static String work(Path directory) throws InterruptedException {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        for (String name : List.of("pl\u00e4te", "\u65e5\u672c\u8a9e", "\ud83d\ude42", "e\u0301,\u00df")) {
            Path path = directory.resolve(name);
            qemuImg.create(Image.qcow2(path), ByteSize.mebibytes(1));
            Image copy = Image.raw(directory.resolve(name + ".raw"));
            qemuImg.convert(ConvertRequest.of(Image.qcow2(path), copy));
            QemuImageOptions options = QemuImageOptions.driver("qcow2").over(QemuImageOptions.file(path));
            Disks.run("qemu-img", "info", options.toJson());
            if (!qemuImg.compare(Image.qcow2(path), copy).isIdentical()) {
                return "different: " + name;
            }
        }
        return "worked";
    }

    private static String list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(f -> f.toString().contains("pl")).toList();
            for (Path path : found) {
                Image.raw(path);
            }
            return "seen " + found.size();
        }
    }
}
