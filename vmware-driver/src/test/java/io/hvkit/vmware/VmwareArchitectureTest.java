package io.hvkit.vmware;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.vmware", importOptions = ImportOption.DoNotIncludeTests.class)
class VmwareArchitectureTest {

    @ArchTest
    static final ArchRule theClientKnowsNothingOfMachines = noClasses()
            .that()
            .resideInAPackage("..internal.soap")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.hvkit.vmware",
                    "..internal.machine",
                    "..internal.datastore",
                    "io.hvkit.hypervisor..",
                    "io.hvkit.storage..");

    @ArchTest
    static final ArchRule theJdkIsEnough = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.net.ssl..",
                    "javax.xml.stream..",
                    "org.jspecify..",
                    "io.hvkit.core..",
                    "io.hvkit.hypervisor..",
                    "io.hvkit.storage..",
                    "io.hvkit.vmware..");

    @ArchTest
    static final ArchRule httpAndXmlHaveOneUser = noClasses()
            .that()
            .resideOutsideOfPackage("..internal.soap")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net.http..", "javax.xml..");

    @ArchTest
    static final ArchRule noSettingOfTheProcessIsTouched = noClasses()
            .should()
            .callMethod(System.class, "setProperty", String.class, String.class)
            .orShould()
            .callMethod(java.net.CookieHandler.class, "setDefault", java.net.CookieHandler.class)
            .orShould()
            .callMethod(javax.net.ssl.SSLContext.class, "setDefault", javax.net.ssl.SSLContext.class);

    /** Answers hold tickets for screens. */
    @ArchTest
    static final ArchRule whatReadsAnswersLogsNothing = noClasses()
            .that()
            .haveSimpleName("VmwareConsoleTickets")
            .or()
            .haveSimpleName("Transport")
            .or()
            .haveSimpleName("AnswerReader")
            .or()
            .haveSimpleName("Node")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(System.Logger.class);
}
