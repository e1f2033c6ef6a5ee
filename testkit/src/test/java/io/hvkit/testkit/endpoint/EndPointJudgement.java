package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.testkit.contract.ContractTrial;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs a contract against an end point with a fault, and says which cases failed. */
final class EndPointJudgement {

    /** What the contract that runs now is about; JUnit makes its object, so it cannot be handed in. */
    private record Trial(EndPointUnderTest judged, Path reports) {}

    private static final ThreadLocal<Trial> NOW = new ThreadLocal<>();

    private final Path reports;

    EndPointJudgement(Path reports) {
        this.reports = reports;
    }

    Set<String> of(Class<? extends EndPointCases> contract, Function<InMemoryEndPoint, EndPoint> fault) {
        return failed(fault, () -> ContractTrial.failedCases(contract));
    }

    /** By the cases of one name alone. */
    Set<String> of(Class<? extends EndPointCases> contract, Function<InMemoryEndPoint, EndPoint> fault, String name) {
        return failed(fault, () -> ContractTrial.failedCases(contract, name));
    }

    private Set<String> failed(Function<InMemoryEndPoint, EndPoint> fault, Supplier<Set<String>> trial) {
        NOW.set(new Trial(new Faulty(new InMemoryStorageHost(new HostId("faulty")), fault), reports));
        try {
            return trial.get();
        } finally {
            NOW.remove();
        }
    }

    private record Faulty(InMemoryStorageHost real, Function<InMemoryEndPoint, EndPoint> fault)
            implements EndPointUnderTest {

        @Override
        public EndPoint open() {
            return fault.apply((InMemoryEndPoint) real.open());
        }

        @Override
        public Attachment.ImageFile file(String name) {
            return real.file(name);
        }

        @Override
        public void blank(Attachment.ImageFile file, ByteSize size) {
            real.blank(file, size);
        }

        @Override
        public void remove(Attachment place) {
            real.remove(place);
        }

        @Override
        public void write(DiskImage image, long offset, byte[] bytes) {
            real.write(image, offset, bytes);
        }

        @Override
        public byte[] read(DiskImage image, long offset, int length) {
            return real.read(image, offset, length);
        }

        @Override
        public byte[] stored(Attachment place, int limit) {
            return real.stored(place, limit);
        }

        @Override
        public Holding hold(DiskImage image) {
            return real.hold(image);
        }
    }

    /** Made by JUnit. */
    static final class Any extends EndPointContract {

        @Override
        protected EndPointUnderTest underTest() {
            return NOW.get().judged;
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Imager extends ImagesContract {

        @Override
        protected EndPointUnderTest underTest() {
            return NOW.get().judged;
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Copier extends CopiesContract {

        @Override
        protected EndPointUnderTest underTest() {
            return NOW.get().judged;
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }

    /** Made by JUnit. */
    static final class Locker extends LuksContract {

        @Override
        protected EndPointUnderTest underTest() {
            return NOW.get().judged;
        }

        @Override
        protected Path reports() {
            return NOW.get().reports;
        }
    }
}
