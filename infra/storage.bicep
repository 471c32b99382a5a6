// One account for the app's tables and queues, the host's own blobs and the deployed package; no keys.
param location string
param tags object
param suffix string
param replication string
param appPrincipalId string

@description('Of the identity that delivers events; empty: there is none.')
param eventsPrincipalId string

var packageContainer = 'packages'
var reportsQueue = 'delivery-reports'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var queueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // what the Functions host asks for its leases and keys
var queueMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'stsspr${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: replication }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    networkAcls: { defaultAction: 'Allow', bypass: 'AzureServices' } // a plan without a network of its own has no fixed addresses
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: packageContainer
  properties: { publicAccess: 'None' }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

// The app makes its own queues and tables; this one must be there before Event Grid is pointed at it.
resource reports 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = {
  parent: queues
  name: reportsQueue
}

resource appRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in [tableDataContributor, queueDataContributor, blobDataOwner]: {
  name: guid(account.id, appPrincipalId, role)
  scope: account
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource eventsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(eventsPrincipalId)) {
  name: guid(reports.id, eventsPrincipalId, queueMessageSender)
  scope: reports
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueMessageSender)
  }
}

output accountId string = account.id
output accountName string = account.name
output packageContainerName string = packages.name
output reportsQueueName string = reports.name
