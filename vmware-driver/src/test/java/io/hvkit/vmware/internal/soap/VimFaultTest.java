package io.hvkit.vmware.internal.soap;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What faults of a vCenter mean to callers. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VimFaultTest {

    private static VimFault fault(String type, String inside) throws IOException {
        String xml = "<Fault><faultstring>it did not work</faultstring><detail><f"
                + " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='" + type + "'>" + inside
                + "</f></detail></Fault>";
        Node read = new AnswerReader(AnswerReader.USUAL)
                .read(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        return VimFault.ofSoap("Method of thing", read);
    }

    @ParameterizedTest
    @CsvSource({
        "FileLocked, IN_USE, NOT_APPLIED",
        "ResourceInUse, IN_USE, NOT_APPLIED",
        "TaskInProgress, OPERATION_PENDING, NOT_APPLIED",
        "VAppTaskInProgress, OPERATION_PENDING, NOT_APPLIED",
        "ConcurrentAccess, OPERATION_PENDING, NOT_APPLIED",
        "FailToLockFaultToleranceVMs, OPERATION_PENDING, NOT_APPLIED",
        "HostCommunication, UNREACHABLE, UNKNOWN",
        "HostNotReachable, UNREACHABLE, UNKNOWN",
        "SystemError, HOST_NOT_READY, UNKNOWN",
        "RuntimeFault, HOST_NOT_READY, UNKNOWN",
        "HostNotConnected, HOST_NOT_READY, NOT_APPLIED",
        "NoPermission, BAD_CREDENTIALS, NOT_APPLIED",
        "FileNotFound, NOT_FOUND, NOT_APPLIED",
        "ManagedObjectNotFound, NOT_FOUND, NOT_APPLIED",
        "DuplicateName, EXISTS_DIFFERENTLY, NOT_APPLIED",
        "NoDiskSpace, EXHAUSTED, NOT_APPLIED",
        "InsufficientResourcesFault, EXHAUSTED, NOT_APPLIED",
        "MethodNotFound, UNSUPPORTED, NOT_APPLIED",
        "InvalidProperty, INVALID_REQUEST, NOT_APPLIED",
        "NobodyKnowsThisFault, HOST_NOT_READY, NOT_APPLIED"
    })
    void each_has_a_failure_and_says_whether_anything_was_done(String type, Failure failure, Effect effect)
            throws IOException {
        assertThat(fault(type, "").asFailure())
                .hasMessageContaining(type)
                .hasMessageContaining("Method of thing")
                .hasMessageContaining("it did not work")
                .matches(e -> e.failure() == failure && e.effect() == effect)
                .satisfies(e -> assertThat(e.vendorCode()).contains(type));
    }

    /** Only with its key is such a fault about a file that somebody else has open. */
    @Test
    void a_lock_may_be_told_by_a_key_within_another_fault() throws IOException {
        String locked = "<reason><key>msg.fileio.lock</key><message>Failed</message></reason>";
        assertThat(fault("GenericVmConfigFault", locked).meansLocked()).isTrue();
        assertThat(fault("CannotAccessLocalSource", "<faultMessage><message>it is locked</message></faultMessage>")
                        .meansLocked())
                .isTrue();
        assertThat(fault("FileFault", "<file>a.vmdk</file>").meansLocked()).isFalse();
        assertThat(fault("GenericVmConfigFault", "<reason><key>msg.disk.size</key></reason>")
                        .meansLocked())
                .isFalse();
        assertThat(fault("NoDiskSpace", locked).meansLocked()).isFalse();
    }

    @Test
    void what_a_host_did_not_answer_is_neither_busy_nor_locked_nor_a_lost_session() throws IOException {
        for (String type : new String[] {"HostCommunication", "HostNotReachable"}) {
            VimFault fault = fault(type, "");
            assertThat(fault.leavesDoubt()).isTrue();
            assertThat(fault.meansBusy() || fault.meansLocked() || fault.meansLoggedOut())
                    .isFalse();
        }
        assertThat(fault("TaskInProgress", "").leavesDoubt()).isFalse();
        assertThat(fault("NotAuthenticated", "").meansLoggedOut()).isTrue();
    }
}
