package io.hvkit.kvm;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Moves a machine in a JVM of its own, to be killed there. Reads the key of the target from standard input. */
final class MoveProgram {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private MoveProgram() {}

    /** Starts one and gives it the key. */
    static Process spawned(Path log, Secret key, String... words) throws IOException {
        List<String> argv = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                MoveProgram.class.getName()));
        argv.addAll(List.of(words));
        byte[] bytes = key.withArray(byte[]::clone);
        argv.add(Integer.toString(bytes.length));
        Process jvm = new ProcessBuilder(argv)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try (OutputStream in = jvm.getOutputStream()) {
            in.write(bytes);
        }
        return jvm;
    }

    /**
     * Moves {@code machine}'s {@code volume} to {@code target} at so many MiB a second, and makes {@code reached} once bytes are
     * moving.
     */
    public static void main(String[] args) throws Exception {
        MachineId machine = new MachineId(args[2]);
        VolumeId volume = new VolumeId(args[3]);
        Path reached = Path.of(args[7]);
        try (Secret key = Secret.copyOf(System.in.readNBytes(Integer.parseInt(args[8])));
                Hypervisor here = open(args[0]);
                Hypervisor there = open(args[1])) {
            Disk target = Disk.of(new VolumeId(args[4]), new Attachment.ImageFile(Path.of(args[5])), ImageFormat.LUKS)
                    .unlockedBy(key);
            MachineMove move = MachineMove.to(there)
                    .moving(volume, target)
                    .limitedTo(ByteSize.mebibytes(Long.parseLong(args[6])))
                    .over(MachineMove.Wire.CLEAR);
            MachineMoveJob job = here.liveMigration().orElseThrow().start(machine, move);
            while (job.progress().done().bytes() == 0
                    && job.await(Duration.ofMillis(50)).isEmpty()) {
                System.out.println("nothing has moved yet");
            }
            Files.createFile(reached);
            System.out.println(job.await(PATIENCE));
        }
    }

    private static Hypervisor open(String uri) throws InterruptedException {
        KvmDriver driver = new KvmDriver();
        Options options = Options.parse(driver.options(), Map.of("uri", uri, "migration-address", "127.0.0.1"));
        return driver.open(new HostId("killed"), HypervisorType.KVM, options);
    }
}
