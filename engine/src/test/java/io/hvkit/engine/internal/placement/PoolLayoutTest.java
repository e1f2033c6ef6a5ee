package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.Judged.ANY;
import static io.hvkit.engine.internal.placement.Judged.assertJudged;
import static io.hvkit.engine.internal.placement.Judged.not;
import static io.hvkit.engine.internal.placement.Judged.taken;
import static io.hvkit.engine.internal.placement.PoolsOfTests.pool;

import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.PlacementPolicy;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What speaks against a pool, by what it encrypts and which formats it has. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolLayoutTest {

    static Stream<Arguments> encryption() {
        EncryptionSupport inQcow2 = EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.QCOW2);
        PoolFacts luks = encrypting(EncryptionSupport.hypervisorLuks());
        PoolFacts qcow2 = encrypting(inQcow2);
        PoolFacts self = encrypting(EncryptionSupport.storageNative());
        PoolFacts none = encrypting(EncryptionSupport.none());
        VolumeQuery secret = ANY.encrypted();
        String noVmdk = "has no VMDK volumes, it has [RAW, QCOW2]";
        return Stream.of(
                taken("plain, by nobody", ANY, none),
                taken("plain, where keys are lent", ANY, luks),
                taken("plain, where storage encrypts anyhow", ANY, self),
                taken("with a key", secret, luks),
                taken("by the storage", secret, self),
                not("by nobody", secret, none, Reason.NO_ENCRYPTION, "encrypts nothing"),
                not(
                        "by nobody, in a format it has not",
                        secret.as(ImageFormat.VMDK),
                        none,
                        Reason.NO_ENCRYPTION,
                        "encrypts nothing"),
                taken("inside qcow2", secret.as(ImageFormat.QCOW2), qcow2),
                not(
                        "in front of raw, where only qcow2 holds a header",
                        secret,
                        qcow2,
                        Reason.NO_SUCH_FORMAT,
                        "has no LUKS volumes with a key, it has [QCOW2]"),
                not(
                        "a format without room for a header",
                        secret.as(ImageFormat.VMDK),
                        luks,
                        Reason.NO_SUCH_FORMAT,
                        "has no VMDK volumes with a key, it has [QCOW2, LUKS]"),
                not("a format it has not", ANY.as(ImageFormat.VMDK), luks, Reason.NO_SUCH_FORMAT, noVmdk),
                not(
                        "by the storage, in a format it has not",
                        secret.as(ImageFormat.VMDK),
                        self,
                        Reason.NO_SUCH_FORMAT,
                        noVmdk),
                not(
                        "plain, and yet with a header",
                        ANY.as(ImageFormat.LUKS),
                        luks,
                        Reason.NO_SUCH_FORMAT,
                        "has no LUKS volumes, it has [RAW, QCOW2]"));
    }

    private static PoolFacts encrypting(EncryptionSupport support) {
        PoolFacts p = pool("p");
        PoolAnswer told = p.answer().orElseThrow();
        return p.saying(
                new PoolAnswer(told.type(), support, told.formats(), told.statistics(), Optional.empty(), told.at()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"encryption"})
    void a_pool_is_taken_or_has_exactly_these_reasons(
            String what, VolumeQuery query, PlacementPolicy policy, PoolFacts facts, List<PoolRejection> reasons) {
        assertJudged(what, query, policy, facts, reasons);
    }
}
