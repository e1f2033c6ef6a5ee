package io.hvkit.kvm;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A process that decides about the volumes {@code v0}, {@code v1}, ... of a pool as others do at the same time. */
final class RaceProgram {

    private RaceProgram() {}

    /** Arguments: the pool, what to do ({@code attach} or {@code delete}), the host's name, how many volumes, a starting signal. */
    public static void main(String[] args) throws InterruptedException, IOException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", args[0]));
        int volumes = Integer.parseInt(args[3]);
        StringBuilder done = new StringBuilder();
        try (StoragePool pool = driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options)) {
            Files.createFile(Path.of(args[4] + "-" + args[2]));
            while (!Files.exists(Path.of(args[4]))) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < volumes; i++) {
                done.append(succeeds(pool, new VolumeId("v" + i), args[1], new HostId(args[2])) ? "1" : "0");
            }
        }
        System.out.print(done); // the answer of this program
    }

    private static boolean succeeds(StoragePool pool, VolumeId volume, String deed, HostId host)
            throws InterruptedException {
        try {
            if (deed.equals("attach")) {
                pool.attach(volume, host);
            } else {
                pool.delete(volume);
            }
            return true;
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE || e.failure() == Failure.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }
}
