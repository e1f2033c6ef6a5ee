package io.hvkit.kvm.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.kvm.Mounted;
import io.hvkit.kvm.internal.pool.PoolDirectory.Mounting;
import io.hvkit.kvm.internal.pool.PoolDirectory.Place;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumeMakingIT {

    @TempDir
    private Path folder;

    private PoolParts parts(Path path, Mounting mounting) {
        return PoolParts.of(PoolDirectory.open(new PoolId("p"), new Place(path, mounting, Optional.empty())));
    }

    @Test
    void a_volume_that_is_made_while_its_file_system_is_lost_appears_nowhere() throws Exception {
        Path store = Files.createDirectory(folder.resolve("store"));
        Mounted mounted = Mounted.again(store, folder.resolve("point"));
        PoolParts parts = parts(mounted.point(), Mounting.MOUNT_POINT);
        VolumeFile file = parts.files().planned("v", ImageFormat.RAW);

        DriverException lost = catchThrowableOfType(
                DriverException.class,
                () -> parts.making().make(VolumeMaking.Plan.blank(file), draft -> {
                    mounted.unmount();
                    write(draft); // below what is lost
                }));

        assertThat(lost.failure()).as(lost.toString()).isEqualTo(Failure.HOST_NOT_READY);
        assertThat(store).isEmptyDirectory();
        assertThat(file.path()).doesNotExist();
        try (var left = Files.list(mounted.point())) {
            assertThat(left.map(path -> String.valueOf(path.getFileName())))
                    .as("nothing that could be taken for a volume or a draft of one")
                    .allMatch(name -> name.equals(".hvkit-lock"));
        }
    }

    @Test
    void what_appears_meanwhile_in_whatever_format_is_left_alone() throws Exception {
        PoolParts parts = parts(folder, Mounting.ANY);
        VolumeFile file = parts.files().planned("v", ImageFormat.RAW);
        Path other = folder.resolve("v.qcow2");

        DriverException taken = catchThrowableOfType(
                DriverException.class,
                () -> parts.making().make(VolumeMaking.Plan.blank(file), draft -> {
                    write(draft);
                    write(other);
                }));

        assertThat(taken.failure()).as(taken.toString()).isEqualTo(Failure.EXISTS_DIFFERENTLY);
        assertThat(file.path()).doesNotExist();
        assertThat(other).hasContent("x");
    }

    @Test
    void what_is_to_be_encrypted_and_is_not_does_not_appear() throws Exception {
        PoolParts parts = parts(folder, Mounting.ANY);
        VolumeFile file = parts.files().planned("v", ImageFormat.LUKS);

        DriverException clear = catchThrowableOfType(
                DriverException.class,
                () -> parts.making().make(VolumeMaking.Plan.blank(file), draft -> {
                    write(draft);
                    VolumeMaking.attest(draft, ImageFormat.LUKS);
                }));

        assertThat(clear.failure()).as(clear.toString()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(folder).isEmptyDirectory();
    }

    private static void write(Path path) {
        try {
            Files.writeString(path, "x");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
