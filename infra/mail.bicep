// The mail service, with the domain that Azure manages and, when there is one, your own.
param tags object
param suffix string
param dataLocation string
param ownDomain string
param ownDomainVerified bool
param perMinute string
param perHour string
param appPrincipalId string

var sendsFromOwn = !empty(ownDomain) && ownDomainVerified
var serviceOwner = '09976791-48a7-449e-bb21-39d1a415f350' // there is no role for sending alone, so it counts for this service only

resource email 'Microsoft.Communication/emailServices@2023-04-01' = {
  name: 'email-sspr-${suffix}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource managed 'Microsoft.Communication/emailServices/domains@2023-04-01' = {
  parent: email
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: { domainManagement: 'AzureManaged', userEngagementTracking: 'Disabled' }
}

resource own 'Microsoft.Communication/emailServices/domains@2023-04-01' = if (!empty(ownDomain)) {
  parent: email
  name: empty(ownDomain) ? 'none' : ownDomain
  location: 'global'
  tags: tags
  properties: { domainManagement: 'CustomerManaged', userEngagementTracking: 'Disabled' }
}

resource service 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: 'acs-sspr-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: sendsFromOwn ? [managed.id, own.id] : [managed.id] // an unverified one would be refused
  }
}

resource sending 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, appPrincipalId, serviceOwner)
  scope: service
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', serviceOwner)
  }
}

output serviceId string = service.id
output emailServiceName string = email.name
output endpoint string = 'https://${service.properties.hostName}'
output sender string = 'DoNotReply@${sendsFromOwn ? ownDomain : managed.properties.fromSenderDomain}'
output perMinute string = empty(perMinute) ? (sendsFromOwn ? '30' : '5') : perMinute
output perHour string = empty(perHour) ? (sendsFromOwn ? '100' : '10') : perHour
output dnsRecords object = empty(ownDomain) ? {} : own!.properties.verificationRecords
