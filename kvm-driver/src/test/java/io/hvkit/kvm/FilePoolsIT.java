package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/storage.md shows of file pools. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FilePoolsIT {

    @TempDir
    private Path folder;

    @Test
    void what_the_document_shows_works() throws InterruptedException, IOException {
        Mounted mounted = Mounted.memory(folder.resolve("shared"));
        Path debian = folder.resolve("debian-12.qcow2");
        QemuImg.probe(CommandRunner.local()).create(Image.qcow2(debian), ByteSize.mebibytes(8));
        try (Secret key = Secret.random()) {
            show(mounted.point(), debian, key);
        } finally {
            mounted.unmount();
        }
    }

    private static void show(Path shared, Path debian, Secret key) throws InterruptedException {
        // tag::open[]
        StorageDrivers drivers = StorageDrivers.discoveredBy(DirectoryPoolDriver.class.getClassLoader());
        StorageDriver driver = drivers.forType(StoragePoolType.SHARED_MOUNT_POINT);
        Options options = Options.parse(driver.options(), Map.of("path", shared.toString()));
        StoragePool pool = driver.open(new PoolId("fast"), StoragePoolType.SHARED_MOUNT_POINT, options);
        // end::open[]

        // tag::templates[]
        Templates templates = pool.templates().orElseThrow();
        Volume template = templates.add(new AddTemplate("debian-12", debian, ImageFormat.QCOW2));
        CreateVolume request = CreateVolume.blank("web-01-root", ByteSize.mebibytes(16))
                .as(ImageFormat.QCOW2)
                .encryptedBy(key);
        Volume root = templates.create(VolumeFromTemplate.of(template.id(), request));
        // end::templates[]

        // tag::grow[]
        Volume larger = pool.growth().orElseThrow().growTo(root.id(), ByteSize.mebibytes(32), key);
        Volume copy = pool.clones().orElseThrow().create(CloneVolume.of(root.id(), "web-02-root"));
        // end::grow[]

        // tag::attach[]
        Attachment disk = pool.attach(root.id(), new HostId("node-1"));
        // end::attach[]

        assertThat(root.attestation()).isPresent();
        assertThat(larger.size()).isEqualTo(ByteSize.mebibytes(32));
        assertThat(copy.attestation()).isEqualTo(larger.attestation());
        assertThat(disk).isEqualTo(new Attachment.ImageFile(shared.resolve("web-01-root.qcow2")));
        pool.close();
    }
}
