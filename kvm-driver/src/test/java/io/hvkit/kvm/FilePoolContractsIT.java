package io.hvkit.kvm;

import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.testkit.Ledger;
import io.hvkit.testkit.storage.ClonesContract;
import io.hvkit.testkit.storage.GrowthContract;
import io.hvkit.testkit.storage.StoragePoolContract;
import io.hvkit.testkit.storage.StorageUnderTest;
import io.hvkit.testkit.storage.TemplatesContract;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every kind of file pool keeps the contracts for what it offers, with raw and qcow2 volumes, plain and encrypted, on file systems
 * that share what files have in common and on those that do not.
 */
@Tag("drawn")
class FilePoolContractsIT {

    private static final Ledger LEDGER = new Ledger();

    @TempDir
    private static Path folder;

    private static Path shared;
    private static Path btrfs;

    @BeforeAll
    static void mount() throws InterruptedException, IOException {
        Mounted memory = Mounted.memory(folder.resolve("shared"));
        LEDGER.add(memory::unmount);
        shared = memory.point();
        Mounted cloning = Mounted.made("btrfs", folder.resolve("btrfs.img"), folder.resolve("btrfs"));
        LEDGER.add(cloning::unmount);
        btrfs = cloning.point();
    }

    @AfterAll
    static void unmount() {
        LEDGER.close();
    }

    @Nested
    class ARawVolumeOfADirectory extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return FilePoolJudged.directory(folder, ImageFormat.RAW);
        }
    }

    @Nested
    class AQcow2VolumeOfADirectory extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return FilePoolJudged.directory(folder, ImageFormat.QCOW2);
        }
    }

    @Nested
    class ARawVolumeOfASharedMountPoint extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return FilePoolJudged.mountPoint(shared, ImageFormat.RAW);
        }
    }

    @Nested
    class AQcow2VolumeOfASharedMountPoint extends StoragePoolContract {
        @Override
        protected StorageUnderTest underTest() {
            return FilePoolJudged.mountPoint(btrfs, ImageFormat.QCOW2);
        }
    }

    @Nested
    class ARawVolumeThatGrows extends Growing {
        ARawVolumeThatGrows() {
            super(FilePoolJudged.directory(folder, ImageFormat.RAW));
        }
    }

    @Nested
    class AQcow2VolumeThatGrows extends Growing {
        AQcow2VolumeThatGrows() {
            super(FilePoolJudged.mountPoint(shared, ImageFormat.QCOW2));
        }
    }

    @Nested
    class ARawVolumeThatIsCopied extends Cloning {
        ARawVolumeThatIsCopied() {
            super(FilePoolJudged.directory(folder, ImageFormat.RAW));
        }
    }

    @Nested
    class AQcow2VolumeThatIsCopied extends Cloning {
        AQcow2VolumeThatIsCopied() {
            super(FilePoolJudged.mountPoint(shared, ImageFormat.QCOW2));
        }
    }

    @Nested
    class ARawVolumeThatIsCopiedAtOnce extends Cloning {
        ARawVolumeThatIsCopiedAtOnce() {
            super(FilePoolJudged.mountPoint(btrfs, ImageFormat.RAW));
        }
    }

    @Nested
    class AQcow2VolumeThatIsCopiedAtOnce extends Cloning {
        AQcow2VolumeThatIsCopiedAtOnce() {
            super(FilePoolJudged.directory(btrfs, ImageFormat.QCOW2));
        }
    }

    @Nested
    class ATemplateForRawVolumes extends Templating {
        ATemplateForRawVolumes() {
            super(FilePoolJudged.mountPoint(shared, ImageFormat.RAW));
        }
    }

    @Nested
    class ATemplateForQcow2Volumes extends Templating {
        ATemplateForQcow2Volumes() {
            super(FilePoolJudged.directory(folder, ImageFormat.QCOW2));
        }
    }

    @Nested
    class ATemplateThatSharesItsBytes extends Templating {
        ATemplateThatSharesItsBytes() {
            super(FilePoolJudged.mountPoint(btrfs, ImageFormat.RAW));
        }
    }

    private abstract static class Templating extends TemplatesContract {

        private final FilePoolJudged judged;

        Templating(FilePoolJudged judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) throws InterruptedException {
            new VolumeBytes(judged.path(), key()).write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) throws InterruptedException {
            return new VolumeBytes(judged.path(), key()).read(volume);
        }
    }

    private abstract static class Growing extends GrowthContract {

        private final FilePoolJudged judged;

        Growing(FilePoolJudged judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) throws InterruptedException {
            new VolumeBytes(judged.path(), key()).write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) throws InterruptedException {
            return new VolumeBytes(judged.path(), key()).read(volume);
        }
    }

    private abstract static class Cloning extends ClonesContract {

        private final FilePoolJudged judged;

        Cloning(FilePoolJudged judged) {
            this.judged = judged;
        }

        @Override
        protected StorageUnderTest underTest() {
            return judged;
        }

        @Override
        protected void write(VolumeId volume, byte content) throws InterruptedException {
            new VolumeBytes(judged.path(), key()).write(volume, content);
        }

        @Override
        protected byte read(VolumeId volume) throws InterruptedException {
            return new VolumeBytes(judged.path(), key()).read(volume);
        }
    }
}
