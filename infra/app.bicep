// The function app on Flex Consumption, and every setting it gets.
param location string
param tags object
param suffix string
param identityId string
param identityClientId string
param storageName string
param packageContainerName string
param insightsConnection string
param partnerTenantId string
param clientId string
@secure()
param certificate string
param mailService string
param mailEndpoint string
param mailSender string
param mailSenders string
param mailPerMinute string
param mailPerHour string
param publicUrl string
param maximumInstanceCount int
param moreSettings object

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

// An empty value is no value to the app: exactly one of identity and certificate is given.
var settings = {
  AzureWebJobsStorage__accountName: storageName // by addresses of the services the host fails now and then (azure-functions-host#11782)
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
  WEBSITE_AUTH_AAD_ALLOWED_TENANTS: partnerTenantId
  SSPR_STORAGE__tableServiceUri: storage.properties.primaryEndpoints.table
  SSPR_STORAGE__queueServiceUri: storage.properties.primaryEndpoints.queue
  SSPR_STORAGE__credential: 'managedidentity'
  SSPR_STORAGE__clientId: identityClientId
  SSPR_PARTNER_TENANT_ID: partnerTenantId
  SSPR_CLIENT_ID: clientId
  SSPR_MANAGED_IDENTITY_CLIENT_ID: empty(certificate) ? identityClientId : ''
  SSPR_CLIENT_CERTIFICATE: certificate
  SSPR_MAIL_SERVICE: mailService
  SSPR_MAIL_ENDPOINT: mailEndpoint
  SSPR_MAIL_SENDER: mailSender
  SSPR_MAIL_SENDERS: mailSenders
  SSPR_MAIL_PER_MINUTE: mailPerMinute
  SSPR_MAIL_PER_HOUR: mailPerHour
  SSPR_PUBLIC_URL: publicUrl
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-sspr-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-sspr-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId // for a certificate that is kept in a vault
    siteConfig: { minTlsVersion: '1.2', http20Enabled: true } // no ftpsState: newer regions refuse the whole site for it
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: 2048
        triggers: { http: { perInstanceConcurrency: 16 } } // without it Python gets one request per instance; ours wait for storage
      }
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: site
  name: 'appsettings'
  properties: union(settings, moreSettings)
}

// Deployment asks Entra, as everything else: no user name and password to deploy with, and no FTP.
resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

output name string = site.name
output hostName string = site.properties.defaultHostName
