package io.hvkit.testkit.libvirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.internal.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The client that comes with libvirt: it knows nothing of the code under test. */
record Virsh(URI uri, Path log) {

    Program.Result run(String... words) throws InterruptedException {
        List<String> argv = new ArrayList<>(List.of("virsh", "-q", "-c", uri.toString()));
        argv.addAll(List.of(words));
        return Program.run(argv, log, Duration.ofSeconds(60));
    }

    String ok(String... words) throws IOException, InterruptedException {
        Program.Result result = run(words);
        assertThat(result.exitCode())
                .as("virsh %s: %s", List.of(words), result.output())
                .isZero();
        return Files.readString(log).strip();
    }
}
